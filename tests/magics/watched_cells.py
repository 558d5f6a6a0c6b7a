"""Cells over objects that mind being looked at; every answer must be that of a plain kernel."""

from __future__ import annotations

__all__ = ["CELLS", "SETUP"]

SETUP = """
import functools, gc, hashlib, io, itertools, os, pickle, random, socket, sys, threading, tracemalloc, weakref
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
gc.collect()
called = []
class Hostile:
    def __eq__(self, other): called.append('eq'); raise RuntimeError('eq')
    def __hash__(self): called.append('hash'); raise RuntimeError('hash')
    def __getattr__(self, name):
        if name.startswith('_repr_') or name in ('_ipython_canary_method_should_not_exist_', '_ipython_display_'):
            raise AttributeError(name)
        called.append(name); raise RuntimeError(name)
    def __len__(self): called.append('len'); raise RuntimeError('len')
    def __iter__(self): called.append('iter'); raise RuntimeError('iter')
    def __bool__(self): called.append('bool'); raise RuntimeError('bool')
    def __repr__(self): return '<hostile>'
    def __reduce_ex__(self, protocol): called.append('reduce'); raise RuntimeError('reduce')
    def __del__(self): called.append('del')
    @property
    def lazy(self): called.append('lazy'); return 1
class Node:
    pass
class Slim:
    __slots__ = ('x',)
class Lazy:
    @functools.cached_property
    def value(self): called.append('computed'); return [1]
def count():
    n = 0
    while True:
        n += 1
        yield n
"""

# `called` and what is told of objects are looked at again and again; nothing may have happened.
CELLS = [
    "hostile = Hostile()\nheld = [hostile, {{'k': hostile}}]",
    "other = held\ncalled",
    "held.append(hostile)\nlen(held), called",
    "del hostile, other\nheld.clear()\ncalled",
    "hostile = Hostile()\nhostile.part = hostile\nclosure = lambda given=hostile: given",
    "closure() is hostile, called",
    "del hostile, closure\ngc.collect() >= 0, called.count('del')",
    "g = count()\nh = (x * x for x in range(5))\nit = iter([1, 2, 3])\npairs = zip('ab', 'cd')",
    "next(g), next(g)",
    "g.gi_frame is not None, next(h), next(it), next(pairs)",
    "alias = g\nnext(alias), list(h), list(it), list(pairs)",
    "lazy = Lazy()\nlazies = [lazy, Lazy()]",
    "called.count('computed'), 'value' in lazy.__dict__",
    "lazy.value.append(2)\nlazy.value, called.count('computed')",
    "node = Node()\nnode.x, node.y = 1, [2]\nthird = Node()\nthird.only = {{'a': 1}}",
    "[type(each).__name__ for each in gc.get_referents(node)], [type(each).__name__ for each in gc.get_referents(third)]",
    "node.y.append(3)\nsys.getrefcount(node), sys.getrefcount(node.y), sys.getsizeof(node)",
    "node.self = node\nring = [node]\nring.append(ring)\nlen(ring)",
    "weak = weakref.ref(node)\nweakref.getweakrefcount(node), weak() is node",
    "weakref.getweakrefcount(node), weakref.getweakrefs(node)[0] is weak",
    "del node, ring\ngc.collect() > 0, weak() is None",
    "slim = Slim()\nslim.x = []\nslim.x.append(slim)\ndel slim\ngc.collect() > 0",
    "proxy_of = Node()\nproxy = weakref.proxy(proxy_of)\nproxy.y = 3\nproxy_of.y",
    "del proxy_of\ntry:\n    proxy.y\nexcept ReferenceError as error:\n    print(error)",
    "table = weakref.WeakValueDictionary()\nkept = Node()\ntable['a'] = kept\nlen(table)",
    "del kept\nlen(table)",
    "deep = []\nfor _ in range(200):\n    deep = [deep]\nlen(deep)",
    "inner = deep\nwhile inner:\n    inner = inner[0]\ninner.append(1)\nstr(deep).count('[')",
    "million = list(range(1_000_000))\nmillion[77] = -1\nsum(million)",
    "million.append(5)\nlen(million), million[77], sys.getrefcount(million)",
    "big = {{number: str(number) for number in range(100_000)}}\nlen(big)",
    "big['x'] = 1\nlist(big)[-1], sys.getsizeof(big)",
    "shared = [1]\nfor _ in range(40):\n    shared = [shared, shared]\nlen(shared)",
    "objects = [Node() for _ in range(5000)]\nfor number, each in enumerate(objects):\n    each.n = number\nsum(each.n for each in objects)",
    "objects[4999].n = -1\nmin(each.n for each in objects), sys.getsizeof(objects[0])",
    "arr = np.arange(1_000_000.0)\nview, copy = arr[::2], arr.copy()\nview.base is arr, arr.flags.owndata, str(arr.flags)",
    "view[3] = -1\narr[6], view.flags.writeable, sys.getrefcount(arr)",
    "arr.resize(10, refcheck=False) if False else arr.shape",
    "alone = np.arange(5)\nalone.resize(10)\nalone.sum()",
    "frozen = np.arange(5)\nfrozen.flags.writeable = False\nfrozen.flags.writeable, frozen.sum()",
    "frame = pd.DataFrame({{'a': range(5), 'b': list('vwxyz')}})\nframe['c'] = 1.5\nlen(frame._mgr.blocks)",
    "sorted(frame.index._cache), sorted(frame.columns._cache), len(frame._mgr.blocks), [b.refs.has_reference() for b in frame._mgr.blocks]",
    "column = frame['a']\ncolumn.iloc[0] = 99\nint(frame['a'].sum()), int(column.sum())",
    "part = frame[['a', 'c']]\n[b.refs.has_reference() for b in frame._mgr.blocks], [b.refs.has_reference() for b in part._mgr.blocks]",
    "frame.loc[0, 'a'] = -5\nint(part['a'].sum()), frame._mgr.is_consolidated(), sorted(vars(frame))",
    "hashlib.sha256(pickle.dumps((frame, arr, million[:100], third, lazies))).hexdigest()",
    "est = LogisticRegression().fit(np.arange(20.0).reshape(-1, 1), [0, 1] * 10)\nhashlib.sha256(pickle.dumps(est)).hexdigest(), sorted(vars(est))",
    "est.set_params(C=0.1)\nest.predict([[3.0]]).tolist(), sys.getrefcount(est)",
    "lock = threading.Lock()\nlock.acquire()\nlock.locked()",
    "lock.release()\nlock.locked()",
    "left, right = socket.socketpair()\nleft.send(b'abc')",
    "right.recv(2), right.recv(5)\n",
    "left.close(); right.close()\nleft.fileno()",
    "open('lines.txt', 'w').write('one\\ntwo\\nthree\\n')\nfile = open('lines.txt')\nnext(file)",
    "file.readline(), file.buffer.tell()",
    "file.close()\nbuffered = open('out.txt', 'w')\nbuffered.write('not yet')\nos.path.getsize('out.txt')",
    "os.path.getsize('out.txt')",
    "buffered.close()\nos.path.getsize('out.txt')",
    "raw = bytearray(b'abc')\nwindow = memoryview(raw)\nwindow[0] = 120\nbytes(raw)",
    "window.release()\nraw.extend(b'def')\nbytes(raw)",
    "def cached(x, seen={{}}):\n    return seen.setdefault(x, len(seen))\ncached(1), cached(2)",
    "cached.__dict__, cached.__defaults__, cached.__annotations__",
    "@functools.lru_cache\ndef squared(x):\n    return x * x\nsquared(2), squared(2), squared.cache_info().hits",
    "squared.cache_info().hits",
    "random.seed(1); np.random.seed(1); rng = np.random.default_rng(1)\nrandom.random(), np.random.rand(), rng.normal()",
    "random.random(), np.random.rand(), rng.normal(), random.getstate()[1][-1]",
    "ids = [id(each) for each in (frame, arr, million, third, est)]\nids == [id(each) for each in (frame, arr, million, third, est)]",
    "ids == [id(each) for each in (frame, arr, million, third, est)]",
    "class Meta(type):\n    def __eq__(cls, other): called.append('meta eq'); return cls is other\n    def __hash__(cls): called.append('meta hash'); return 1\nclass Odd(metaclass=Meta):\n    pass\nbefore = len(called)\nodd = Odd()\nodd.x = 1",
    "odds = [odd, Odd]\nlen(called) - before",
    "odd.x = 2\nlen(called) - before",
    "class Finder:\n    def __init__(self): self.found = []\n    def __del__(self): called.append('found ' + str(len(self.found)))\nfinder = Finder()\nfinder.found.append(1)",
    "finder = None\ncalled[-1]",
    "temporary = np.ones(1000)\nremains = weakref.ref(temporary)\nnames = {{'t': temporary}}",
    "del temporary, names\nremains() is None",
    "gc.isenabled(), gc.get_threshold(), len(gc.garbage), len(gc.callbacks)",
    "sys.getprofile() is None, sys.gettrace() is None, sys.getswitchinterval()",
    "called",
]
