"""Small notebooks that are tricky to follow, and what each of their cells makes, changes and reads.

A cell is a source and what is told of it; "" where it neither makes, changes nor reads anything.
"""

from __future__ import annotations

__all__ = ["HISTORIES"]

NP = ("import numpy as np", "made np")
PD = ("import numpy as np, pandas as pd", "made np pd")
FRAME = (
    "df = pd.DataFrame({'a': [1.0, 2.0, 3.0], 'b': [4, 5, 6], 'c': list('xyz')})",
    "made df | used pd",
)
DATA = (
    "X = np.arange(40.0).reshape(20, 2)\ny = (X[:, 0] > 20).astype(int)",
    "made X y | used np",
)

HISTORIES: dict[str, list[tuple[str, str]]] = {
    # -- names -----------------------------------------------------------------------------------
    "a name that is assigned again": [
        ("x = 1", "made x"),
        ("y = x + 1", "made y | read x"),
        ("x = 50", "made x"),
        ("x = x * 2", "made x | read x"),
        ("x = 100", "made x"),
    ],
    "what a cell assigns before it reads it is its own": [
        ("x = 1", "made x"),
        ("x = 2\ny = x", "made x y"),
        ("if y:\n    z = 3\nw = z", "made w z | read y"),
        ("if w:\n    v = 1\nelse:\n    v = 2\nu = v", "made u v | read w"),
        ("for i in [1, 2]:\n    s = i\n    t = s", "made i s t"),
        ("x = x if x else y", "made x | read x y"),
    ],
    "deleted and made again": [
        ("x = [1]", "made x"),
        ("y = x", "made y | read x"),
        ("del x", "read x"),
        ("x = [5]", "made x"),
        ("y.append(4)", "changed y | read y"),
    ],
    "numbers that are counted on": [
        ("n = 0", "made n"),
        ("n += 1", "made n | read n"),
        ("n += 0", "made n | read n"),
        ("t = (1, 2)", "made t"),
        ("t += (3,)", "made t | read t"),
    ],
    "a list that is added to by +=": [
        ("items = [1]\nsame = items", "made items same"),
        ("items += [2]", "changed items same | read items"),
        ("items = items + [3]", "made items | read items"),
        ("items += []", "read items"),
    ],
    "unpacking, walrus and stars": [
        ("a, (b, *c) = 1, (2, 3, 4)", "made a b c"),
        ("if (n := len(c)) > 1:\n    m = n * 2", "made m n | read c"),
        ("*rest, last = c", "made last rest | read c"),
        ("a, b = b, a", "made a b | read a b"),
    ],
    "comprehensions keep their names to themselves": [
        ("x = 10\nkeys = ['p', 'q']", "made keys x"),
        ("squares = [x * x for x in range(3)]", "made squares"),
        ("table = {key: x for key in keys}", "made table | read keys x"),
        ("total = sum(v for row in [squares] for v in row)", "made total | read squares"),
        ("f = lambda x: x + total", "made f | read total"),
    ],
    "a name of a builtin": [
        ("total = sum([1, 2])", "made total"),
        ("sum = 5", "made sum"),
        ("double = sum * 2", "made double | read sum"),
    ],
    "stars from modules": [
        ("from math import pi, sqrt as root", "made pi root"),
        ("r = root(pi)", "made r | read pi | used root"),
        ("import os.path, json as j", "made j os"),
        ("name = j.dumps(os.path.join('a', 'b'))", "made name | used j os"),
    ],
    "a cell that fails half way": [
        ("a = 1\nkept = []", "made a kept"),
        ("a = 2\nkept.append(a)\n1 / 0\nb = 3", "made a | changed kept | read kept"),
        ("missing + a", "read a"),
    ],
    "try, except and what was caught": [
        ("config = {}", "made config"),
        (
            "try:\n    k = config['k']\nexcept KeyError as error:\n    k = 3\n    str(error)\nj = k",
            "made j k | read config",
        ),
        ("config['k'] = 100", "changed config | read config"),
        (
            "try:\n    config['z'] = 1\nfinally:\n    done = True",
            "made done | changed config | read config",
        ),
    ],
    "match binds what it captures": [
        ("point = (1, 2)", "made point"),
        (
            "match point:\n    case (x, y) if x:\n        found = y\n    case _:\n        found = None",
            "made found x y | read point",
        ),
    ],
    "with and what it binds": [
        ("import contextlib", "made contextlib"),
        (
            "with contextlib.nullcontext([1]) as held:\n    held.append(2)",
            "made held | used contextlib",
        ),
        (
            "with contextlib.suppress(ValueError):\n    held.append(3)",
            "changed held | read held | used contextlib",
        ),
    ],
    # -- containers ------------------------------------------------------------------------------
    "a list that two names hold": [
        ("a = [1, 2]", "made a"),
        ("b = a\nc = [7]", "made b c | read a"),
        ("b.append(3)", "changed a b | read b"),
        ("c.append(8)", "changed c | read c"),
        ("b = list(b)", "made b | read b"),
        ("b.append(9)", "changed b | read b"),
    ],
    "an alias that a cell makes and uses at once": [
        ("rows = [1]", "made rows"),
        ("other = rows\nother.append(2)", "made other | changed rows | read rows"),
    ],
    "a list inside of a dictionary": [
        ("rows = [1]", "made rows"),
        ("table = {'rows': rows, 'more': []}", "made table | read rows"),
        ("table['rows'].append(5)", "changed rows table | read table"),
        ("table['more'].append(1)", "changed table | read table"),
        ("rows.clear()", "changed rows table | read rows"),
        ("table['rows'] = None", "changed table | read table"),
        ("rows.append(1)", "changed rows | read rows"),
    ],
    "filled in a loop": [
        ("squares = {}", "made squares"),
        ("for i in range(5):\n    squares[i] = i * i", "made i | changed squares | read squares"),
        ("for key in squares:\n    pass", "made key | read squares"),
        ("for squares['x'] in [1, 2]:\n    pass", "changed squares | read squares"),
    ],
    "set to what it is already": [
        ("settings = {'depth': 3, 'rate': 0.5}", "made settings"),
        ("settings['depth'] = 3", "read settings"),
        ("settings['depth'] = 3.0", "changed settings | read settings"),
        ("settings['rate'] = -0.0", "changed settings | read settings"),
        ("settings['rate'] = 0.0", "changed settings | read settings"),
        ("settings.update(depth=3.0)", "read settings"),
    ],
    "sorted in place": [
        ("up = [3, 1, 2]\ndown = [3, 1]", "made down up"),
        ("down.sort()", "changed down | read down"),
        ("ordered = sorted(up)", "made ordered | read up"),
        ("up.sort()", "changed up | read up"),
        ("up.sort()", "read up"),
    ],
    "sets and what they hold": [
        ("seen = {1, 2}\nfrozen = frozenset(seen)", "made frozen seen"),
        ("seen.add(3)", "changed seen | read seen"),
        ("seen.add(3)", "read seen"),
        ("seen |= {4}", "changed seen | read seen"),
        ("len(frozen)", "read frozen"),
    ],
    "containers of the standard library": [
        (
            "from collections import Counter, OrderedDict, defaultdict, deque",
            "made Counter OrderedDict defaultdict deque",
        ),
        (
            "counts, groups = Counter('aab'), defaultdict(list)\nline, order = deque([1], 3), OrderedDict(a=1, b=2)",
            "made counts groups line order | used Counter OrderedDict defaultdict deque",
        ),
        ("counts['c'] += 1", "changed counts | read counts"),
        ("groups['x']", "changed groups | read groups"),
        ("line.append(2)", "changed line | read line"),
        ("order.move_to_end('a')", "changed order | read order"),
        ("counts.most_common(1), list(order), line[0]", "read counts line order"),
    ],
    "bytes that can be changed": [
        (
            "import array\nraw = bytearray(b'abc')\nnumbers = array.array('i', [1, 2])",
            "made array numbers raw",
        ),
        ("view = memoryview(raw)", "made view | read raw"),
        ("view[0] = 120", "changed raw view | read view"),
        ("numbers[1] = 5", "changed numbers | read numbers"),
        ("raw.decode(), numbers.tolist()", "read numbers raw"),
    ],
    "a list that holds itself": [
        ("loop = [1]\nloop.append(loop)", "made loop"),
        ("len(loop)", "read loop"),
        ("loop[1][1].append(2)", "changed loop | read loop"),
    ],
    "two that hold each other": [
        (
            "left, right = {'n': 1}, {'n': 2}\nleft['other'], right['other'] = right, left",
            "made left right",
        ),
        ("left['n'] = 5", "changed left right | read left"),
        ("right.pop('other')", "changed left right | read right"),
        ("left.pop('other')", "changed left | read left"),
    ],
    "tuples are not changed, what they hold is": [
        ("inner = []\npair = (inner, 1)", "made inner pair"),
        ("pair[0].append(1)", "changed inner pair | read pair"),
    ],
    # -- functions -------------------------------------------------------------------------------
    "a global read by a function": [
        ("ALPHA = 2", "made ALPHA"),
        ("def scaled(value):\n    return ALPHA * value", "made scaled"),
        ("r = scaled(1)", "made r | read ALPHA | used scaled"),
        ("ALPHA = 7", "made ALPHA"),
        ("def twice(value):\n    return scaled(scaled(value))", "made twice"),
        ("r = twice(1)", "made r | read ALPHA | used scaled twice"),
    ],
    "a global that a function sets": [
        ("counter = 0", "made counter"),
        ("def tick():\n    global counter\n    counter += 1", "made tick"),
        ("tick()", "made counter | read counter | used tick"),
        ("def set_it():\n    global fresh\n    fresh = 1", "made set_it"),
        ("set_it()", "made fresh | used set_it"),
    ],
    "a function that changes what it is given": [
        ("def clean(rows):\n    rows.pop()", "made clean"),
        ("kept, other = [1, 2], [3]", "made kept other"),
        ("clean(kept)", "changed kept | read kept | used clean"),
        ("clean(rows=other)", "changed other | read other | used clean"),
    ],
    "a function that changes a global": [
        ("state = {'n': 1}", "made state"),
        ("def bump():\n    state['n'] += 1\n\ndef noop():\n    return 1", "made bump noop"),
        ("noop()", "used noop"),
        ("bump()", "changed state | read state | used bump"),
        ("[bump() for _ in range(2)]", "changed state | read state | used bump"),
    ],
    "a function that is defined anew": [
        ("def f(x):\n    return x + 1", "made f"),
        ("a = f(1)", "made a | used f"),
        ("def f(x):\n    return x + a", "made f"),
        ("b = f(2)", "made b | read a | used f"),
    ],
    "defined and called in one cell": [
        ("weight = 3", "made weight"),
        ("def heavy(x):\n    return x * weight\n\nh = heavy(2)", "made h heavy | read weight"),
        ("def local(x):\n    weight = 1\n    return x * weight\n\nl = local(2)", "made l local"),
    ],
    "a closure that counts": [
        (
            "def make():\n    n = 0\n    def inc():\n        nonlocal n\n        n += 1\n        return n\n    return inc",
            "made make",
        ),
        ("c, d = make(), make()", "made c d | used make"),
        ("c()", "changed c | used c"),
        ("e = c", "made e | used c"),
        ("e()", "changed c e | used e"),
        ("d.__name__", "used d"),
    ],
    "a closure over a list with a name": [
        ("rows = []\ndef adder(into):\n    return lambda x: into.append(x)", "made adder rows"),
        ("add = adder(rows)", "made add | read rows | used adder"),
        ("add(1)", "changed add rows | used add"),
        ("rows.append(2)", "changed add rows | read rows"),
    ],
    "a default that is changed": [
        ("def remember(x, seen=[]):\n    seen.append(x)\n    return seen", "made remember"),
        ("remember(1)", "changed remember | used remember"),
        ("seen = remember(2)", "made seen | changed remember | used remember"),
        ("seen.clear()", "changed remember seen | read seen"),
    ],
    "a default that was read when it was defined": [
        ("base = 3", "made base"),
        ("def f(x, b=base):\n    return x + b", "made f | read base"),
        ("base = 100", "made base"),
        ("r = f(1)", "made r | used f"),
    ],
    "decorated, and the state of the decorator": [
        (
            "calls = []\ndef logged(f):\n    def inner(*args):\n        calls.append(args)\n        return f(*args)\n    return inner",
            "made calls logged",
        ),
        ("@logged\ndef g(x):\n    return x + 1", "made g | read calls | used logged"),
        ("g(1)", "changed calls | read calls | used g"),
    ],
    "what a function remembers": [
        (
            "import functools\nK = 2\n@functools.lru_cache\ndef f(x):\n    return K * x",
            "made K f functools",
        ),
        ("f(3)", "changed f | read K | used f"),
        ("f.cache_info", "read K | used f"),
    ],
    "partials and bound methods": [
        (
            "import functools\nrows = []\nadd = rows.append\ninto = functools.partial(list.append, rows)",
            "made add functools into rows",
        ),
        ("add(5)", "changed add into rows | used add"),
        ("into(6)", "changed add into rows | read into"),
        ("more = [1].append", "made more"),
        ("more(2)", "changed more | used more"),
    ],
    "functions in a dictionary": [
        ("W = 4\ndef step(x):\n    return x + W\nsteps = {'s': step}", "made W step steps"),
        ("del step", "read step"),
        ("r = steps['s'](1)", "made r | read W steps"),
    ],
    "code in texts": [
        ("x = 2", "made x"),
        ("exec('y = x * 10')", "made y | read x"),
        ("z = eval('y + 1')", "made z | read y"),
        ("rows = [1]", "made rows"),
        ("code = 'rows.append(2)'", "made code"),
        ("exec(code)", "changed rows | read code"),
        ("globals()['dynamic'] = 41", "made dynamic"),
        ("globals()['rows'].append(3)", "changed rows"),
    ],
    # -- objects ---------------------------------------------------------------------------------
    "attributes and what they hold": [
        ("class Node:\n    pass", "made Node"),
        ("o = Node()\no.inner = Node()", "made o | used Node"),
        ("part = o.inner", "made part | read o | used Node"),
        ("o.inner.v = 3", "changed o part | read o | used Node"),
        ("part.v = 3", "read part | used Node"),
        ("part.w = 4", "changed o part | read part | used Node"),
        ("del o.inner", "changed o | read o | used Node"),
        ("part.v = 5", "changed part | read part | used Node"),
    ],
    "an object and its methods": [
        (
            "SCALE = 3\nclass Counter:\n    def __init__(self):\n        self.n = 0\n    def add(self):\n        self.n += SCALE",
            "made Counter SCALE",
        ),
        ("c = Counter()", "made c | read SCALE | used Counter"),
        ("c.add()", "changed c | read SCALE c | used Counter"),
        ("c.n", "read SCALE c | used Counter"),
    ],
    "a property that keeps what it found": [
        (
            "BASE = 1\nclass Lazy:\n    found = None\n    @property\n    def value(self):\n        if self.found is None:\n            self.found = BASE * 2\n        return self.found",
            "made BASE Lazy",
        ),
        ("lazy = Lazy()", "made lazy | read BASE | used Lazy"),
        ("lazy.value", "changed lazy | read BASE lazy | used Lazy"),
        ("lazy.value", "read BASE lazy | used Lazy"),
    ],
    "slots": [
        (
            "class Point:\n    __slots__ = ('x', 'y')\n    def __init__(self, x):\n        self.x = x",
            "made Point",
        ),
        ("p = Point([1])", "made p | used Point"),
        ("p.x.append(2)", "changed p | read p | used Point"),
        ("p.y = 3", "changed p | read p | used Point"),
        ("p.x", "read p | used Point"),
    ],
    "a class and what is set in it": [
        ("class A:\n    n = 0\n    tags = []", "made A"),
        ("a = A()", "made a | used A"),
        ("A.n += 1", "changed A | used A"),
        ("a.tags.append('x')", "changed A | read a | used A"),
        ("a.n = 5", "changed a | read a | used A"),
        ("class A(A):\n    m = 1", "made A | used A"),
    ],
    "data classes": [
        (
            "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    x: int\n    tags: list = field(default_factory=list)",
            "made P dataclass field",
        ),
        ("p, q = P(1), P(2)", "made p q | used P"),
        ("p.tags.append('a')", "changed p | read p | used P"),
        ("p == q, repr(p)", "read p q | used P"),
    ],
    "an object of one's own kind of dictionary": [
        ("class Bag(dict):\n    pass", "made Bag"),
        ("bag = Bag(a=1)\nbag.size = 1", "made bag | used Bag"),
        ("bag['b'] = 2", "changed bag | read bag | used Bag"),
        ("bag.size = 2", "changed bag | read bag | used Bag"),
        ("len(bag)", "read bag | used Bag"),
    ],
    "asked for its dictionary": [
        ("class Thing:\n    def __init__(self):\n        self.a, self.b = 1, [2]", "made Thing"),
        ("t = Thing()\none = Thing()\ndel one.b", "made one t | used Thing"),
        ("vars(t), vars(one)", "read one t | used Thing"),
        ("t.a, one.a", "read one t | used Thing"),
        ("t.__dict__['c'] = 3", "changed t | read t | used Thing"),
    ],
    "a module that is patched": [
        ("import math, json", "made json math"),
        ("math.nbmlops_test = 9.0", "changed math | used math"),
        ("del math.nbmlops_test", "changed math | used math"),
        ("json.dumps({})", "used json"),
    ],
    # -- iterators -------------------------------------------------------------------------------
    "generators go on": [
        ("def count():\n    for i in range(10):\n        yield i", "made count"),
        ("g, h = count(), count()", "made g h | used count"),
        ("next(g)", "changed g | read g"),
        ("alias = g", "made alias | read g"),
        ("first = next(alias)", "made first | changed alias g | read alias"),
        ("list(h)", "changed h | read h"),
        ("g.gi_running", "read g"),
    ],
    "a generator that yields the same over and over": [
        ("def same():\n    yield 1\n    yield 1\n    yield 1", "made same"),
        ("s = same()", "made s | used same"),
        ("next(s)", "changed s | read s"),
        ("next(s)", "changed s | read s"),
    ],
    "iterators are used up": [
        (
            "it = iter([1, 2, 3, 4])\npairs = zip('ab', [1, 2])\nnumbered = enumerate('xyz')",
            "made it numbered pairs",
        ),
        ("first = next(it)", "made first | changed it | read it"),
        ("for pair in pairs:\n    break", "made pair | changed pairs | read pairs"),
        ("next(numbered)", "changed numbered | read numbered"),
        ("a, b, c = it", "made a b c | changed it | read it"),
    ],
    "an iterator over a list that grows": [
        ("rows = [1, 2]\nit = iter(rows)", "made it rows"),
        ("rows.append(3)", "changed it rows | read rows"),
        ("next(it)", "changed it | read it"),
    ],
    "counted and chained": [
        (
            "import itertools\nticket = itertools.count(5)\nboth = itertools.chain([1], [2])",
            "made both itertools ticket",
        ),
        ("next(ticket)", "changed ticket | read ticket"),
        ("next(both)", "changed both | read both"),
    ],
    # -- arrays and frames -----------------------------------------------------------------------
    "views of an array": [
        NP,
        ("arr = np.arange(6.0)\nview, copy = arr[:3], arr.copy()", "made arr copy view | used np"),
        ("view[:] = 9", "changed arr view | read view"),
        ("copy[:] = 0", "changed copy | read copy"),
        ("view += 1", "changed arr view | read view"),
        ("arr.sum(), arr.T.shape, arr[::2].mean()", "read arr"),
        ("np.sqrt(arr, out=arr)", "changed arr view | read arr | used np"),
        ("inner = arr.reshape(2, 3)[1]", "made inner | read arr"),
        ("inner.fill(7)", "changed arr inner | read inner"),
    ],
    "arrays of objects, masks and fields": [
        NP,
        (
            "objects = np.array([[1], 'x', None], dtype=object)\nmasked = np.ma.array([1, 2, 3], mask=[0, 1, 0])\nrecords = np.zeros(3, [('a', 'f8'), ('b', 'i4')])",
            "made masked objects records | used np",
        ),
        ("objects[0].append(2)", "changed objects | read objects"),
        ("masked.mask[0] = True", "changed masked | read masked"),
        ("records['a'][1] = 5", "changed records | read records"),
        ("records.shape = (3, 1)", "changed records | read records"),
        ("objects.shape, masked.mean(), records['b']", "read masked objects records"),
    ],
    "an array over bytes": [
        NP,
        ("raw = bytearray(16)\narr = np.frombuffer(raw, dtype='i4')", "made arr raw | used np"),
        ("raw[0] = 7", "changed arr raw | read raw"),
        ("arr[1] = 3", "changed arr raw | read arr"),
    ],
    "columns that are set": [
        PD,
        FRAME,
        ("df['d'] = df['a'] * 2", "changed df | read df"),
        ("df.describe()", "read df"),
        ("other = df.copy()", "made other | read df"),
        ("other['z'] = 1", "changed other | read other"),
        ("df.loc[0, 'a'] = 100", "changed df | read df"),
        ("df.columns = list('ABCD')", "changed df | read df"),
        ("df.index.name = 'row'", "changed df | read df"),
        ("del df['D']", "changed df | read df"),
        ("df.attrs['source'] = 'hand'", "changed df | read df"),
        ("df['A'].mean(), df.values, df.T, df.groupby('C').size(), df.index.is_unique", "read df"),
    ],
    "a series is a copy when it is written to": [
        PD,
        FRAME,
        ("s = df['b']", "made s | read df"),
        ("s[0] = 999", "changed s | read s"),
        ("s.name = 'other'", "changed s | read s"),
        ("part = df[['a', 'b']]\npart['a'] = 0.0", "made part | read df"),
    ],
    "a frame that puts itself together": [
        PD,
        (
            "wide = pd.DataFrame({'a': [1.0, 2.0]})\nfor name in 'bcdef':\n    wide[name] = wide['a']",
            "made name wide | used pd",
        ),
        (
            "whole = wide._mgr.consolidate()\nwide.sum(axis=1), wide.to_numpy()",
            "made whole | read wide",
        ),
        ("wide._consolidate_inplace()", "read wide"),
    ],
    "categories, texts, times and gaps": [
        PD,
        (
            "mixed = pd.DataFrame({'k': pd.Categorical(['x', 'y', 'x']), 's': ['p', 'q', None], 't': pd.to_datetime(['2026-01-01'] * 3), 'i': pd.array([1, None, 3], 'Int64')})",
            "made mixed | used pd",
        ),
        ("mixed.loc[0, 's'] = 'changed'", "changed mixed | read mixed"),
        ("mixed.loc[1, 'k'] = 'x'", "changed mixed | read mixed"),
        ("mixed.loc[1, 'i'] = 2", "changed mixed | read mixed"),
        ("mixed.loc[1, 't'] = pd.Timestamp('2026-02-02')", "changed mixed | read mixed | used pd"),
        ("mixed['s'].str.upper(), mixed['t'].dt.year, mixed.isna()", "read mixed"),
    ],
    "a helper that cleans a frame": [
        PD,
        FRAME,
        (
            "def clean(frame):\n    frame['a'] = frame['a'].round()\n    frame.loc[0, 'b'] = 0",
            "made clean",
        ),
        ("df2 = df.copy()", "made df2 | read df"),
        ("clean(df2)", "changed df2 | read df2 | used clean"),
        ("tables = {'main': df}", "made tables | read df"),
        ("clean(tables['main'])", "changed df tables | read tables | used clean"),
    ],
    "groups of a frame": [
        PD,
        FRAME,
        ("groups = df.groupby('c')", "made groups | read df"),
        ("means = groups[['a', 'b']].mean()", "made means | read groups"),
        ("df.loc[0, 'a'] = -1.0", "changed df groups | read df"),
    ],
    "sparse matrices": [
        ("import scipy.sparse as sp", "made sp"),
        (
            "m = sp.random(20, 20, density=0.2, format='csr', random_state=0)\nrows = sp.lil_matrix((3, 3))",
            "made m rows | used sp",
        ),
        ("m.data[0] = 5", "changed m | read m"),
        ("rows[0, 1] = 2", "changed rows | read rows"),
        ("m.sum(), m.T.shape, m.has_sorted_indices, rows.tocsr()", "read m rows"),
    ],
    "tables of other libraries": [
        ("import polars as pl, pyarrow as pa", "made pa pl"),
        (
            "t = pl.DataFrame({'a': [1, 2, 3]})\narrow = pa.table({'a': [1, 2]})",
            "made arrow t | used pa pl",
        ),
        ("t[0, 'a'] = 5", "changed t | read t"),
        ("t.insert_column(0, pl.Series('b', [1, 2, 3]))", "changed t | read t | used pl"),
        ("t['a'].sum(), arrow.num_rows, t.filter(pl.col('a') > 1)", "read arrow t | used pl"),
    ],
    # -- models ----------------------------------------------------------------------------------
    "fitting changes a model": [
        NP,
        DATA,
        (
            "from sklearn.linear_model import LogisticRegression, Ridge",
            "made LogisticRegression Ridge",
        ),
        (
            "m, other = LogisticRegression(), LogisticRegression(C=9)",
            "made m other | used LogisticRegression",
        ),
        ("m.fit(X, y)", "changed m | read X m y"),
        ("score = m.score(X, y)", "made score | read X m y"),
        ("clf = m.fit(X[:, :1], y)", "made clf | changed m | read X m y"),
        ("clf.set_params(C=0.01)", "changed clf m | read clf"),
        ("repr(m), m.get_params(), m.predict(X), vars(other)", "read X m other"),
        ("r = Ridge().fit(X, y)", "made r | read X y | used Ridge"),
    ],
    "a pipeline and its steps": [
        NP,
        DATA,
        (
            "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler",
            "made LogisticRegression StandardScaler make_pipeline",
        ),
        (
            "scale = StandardScaler()\npipe = make_pipeline(scale, LogisticRegression())",
            "made pipe scale | used LogisticRegression StandardScaler make_pipeline",
        ),
        ("pipe.fit(X, y)", "changed pipe scale | read X pipe y"),
        ("p = pipe.predict(X)", "made p | read X pipe"),
        ("scale.set_params(with_mean=False)", "changed pipe scale | read scale"),
    ],
    "a forest, a search and boosted trees": [
        NP,
        DATA,
        (
            "from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier\nfrom sklearn.model_selection import GridSearchCV\nfrom sklearn.tree import DecisionTreeClassifier",
            "made DecisionTreeClassifier GridSearchCV HistGradientBoostingClassifier RandomForestClassifier",
        ),
        (
            "forest = RandomForestClassifier(3, random_state=0)\nsearch = GridSearchCV(DecisionTreeClassifier(random_state=0), {'max_depth': [1, 2]}, cv=2)\nboosted = HistGradientBoostingClassifier(max_iter=3)",
            "made boosted forest search | used DecisionTreeClassifier GridSearchCV HistGradientBoostingClassifier RandomForestClassifier",
        ),
        ("forest.fit(X, y)", "changed forest | read X forest y"),
        ("tree = forest.estimators_[0]", "made tree | read forest"),
        ("search.fit(X, y)", "changed search | read X search y"),
        ("forest.predict(X), search.best_params_, tree.get_depth()", "read X forest search tree"),
        ("tree.fit(X, 1 - y)", "changed forest tree | read X tree y"),
    ],
    "unsupervised, and partly fitted": [
        NP,
        DATA,
        (
            "from sklearn.naive_bayes import GaussianNB\nfrom sklearn.preprocessing import StandardScaler",
            "made GaussianNB StandardScaler",
        ),
        ("nb, sc = GaussianNB(), StandardScaler()", "made nb sc | used GaussianNB StandardScaler"),
        ("Z = sc.fit_transform(X)", "made Z | changed sc | read X sc"),
        ("Z2 = sc.transform(X)", "made Z2 | read X sc"),
        ("nb.partial_fit(X, y, classes=[0, 1])", "changed nb | read X nb y"),
        ("nb.partial_fit(X, y)", "changed nb | read X nb y"),
    ],
    # -- what nobody can look into ---------------------------------------------------------------
    "a database": [
        ("import sqlite3", "made sqlite3"),
        ("con = sqlite3.connect(':memory:')", "made con | used sqlite3"),
        ("con.execute('create table t(a)')", "perhaps con | read con"),
        ("print(con)", "read con"),
        ("con.close()", "perhaps con | read con"),
    ],
    "locks, files, sockets and threads": [
        ("import io, socket, threading", "made io socket threading"),
        (
            "lock, buffer = threading.Lock(), io.StringIO('abc')\nleft, right = socket.socketpair()\nworker = threading.Thread(target=print)",
            "made buffer left lock right worker | used io socket threading",
        ),
        ("lock.acquire()", "read lock"),
        ("buffer.read(1)", "perhaps buffer | read buffer"),
        ("left.send(b'x')", "perhaps left | read left"),
        (
            "left.close(); right.close(); lock.release()",
            "changed left right | read left lock right",
        ),
    ],
    "paths, times and other values": [
        ("import datetime, decimal, pathlib, re, uuid", "made datetime decimal pathlib re uuid"),
        (
            "p, when = pathlib.Path('a') / 'b', datetime.datetime(2026, 1, 1)\nd, pattern = decimal.Decimal('1.5'), re.compile('x')\nmoments = [when]",
            "made d moments p pattern when | used datetime decimal pathlib re",
        ),
        ("str(p), p.name, hash(p), when.year, d + 1, pattern.match('x')", "read d p pattern when"),
        (
            "moments[0] = datetime.datetime(2026, 1, 2)",
            "changed moments | read moments | used datetime",
        ),
        ("moments[0] = datetime.datetime(2026, 1, 2)", "read moments | used datetime"),
    ],
    # -- settings --------------------------------------------------------------------------------
    "settings and surroundings": [
        PD,
        ("import os, sys, warnings", "made os sys warnings"),
        ("pd.set_option('display.precision', 2)", "used pd | set pandas options"),
        ("np.seterr(divide='raise')", "used np | set NumPy settings"),
        (
            "os.environ['NBMLOPS_HISTORY'] = '5'",
            "used os | set environment variables (NBMLOPS_HISTORY)",
        ),
        (
            "del os.environ['NBMLOPS_HISTORY']",
            "used os | set environment variables (NBMLOPS_HISTORY)",
        ),
        ("sys.path.append('nowhere')", "used sys | set search path"),
        ("sys.path.remove('nowhere')", "used sys | set search path"),
        ("with pd.option_context('display.precision', 7):\n    pass", "used pd"),
        ("with warnings.catch_warnings():\n    warnings.simplefilter('error')", "used warnings"),
        (
            "pd.reset_option('display.precision'); np.seterr(divide='warn')",
            "used np pd | set NumPy settings pandas options",
        ),
    ],
    "random numbers": [
        NP,
        ("import random", "made random"),
        (
            "np.random.seed(0); random.seed(0)",
            "used np random | set random numbers of numpy.random random numbers of random",
        ),
        ("rng = np.random.default_rng(1)", "made rng | used np"),
        ("noise = rng.normal()", "made noise | changed rng | read rng"),
        ("draw = np.random.rand()", "made draw | used np | set random numbers of numpy.random"),
        ("pick = random.random()", "made pick | used random | set random numbers of random"),
        (
            "copy = rng.spawn(1)[0] if hasattr(rng, 'spawn') else rng",
            "made copy | changed rng | read rng",
        ),
    ],
}
