/** Python source in pieces, so that it can be colored. */

const PYTHON =
  /(?<comment>#[^\n]*)|(?<string>(?:[rRbBuUfF]{0,2})(?:"""[\s\S]*?(?:"""|(?![\s\S]))|'''[\s\S]*?(?:'''|(?![\s\S]))|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?))|(?<number>\b(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?j?)\b)|(?<magic>^[ \t]*(?:%%?|!)\w*)|(?<name>[A-Za-z_]\w*)/gm;
const KEYWORDS = new Set(
  (
    'and as assert async await break class continue def del elif else except finally for from ' +
    'global if import in is lambda match nonlocal not or pass raise return try while with yield'
  ).split(' ')
);
const ATOMS = new Set(['None', 'True', 'False', 'self', 'cls']);

export type Kind =
  'comment' | 'string' | 'number' | 'magic' | 'keyword' | 'atom' | 'call' | 'plain';

/** The source in pieces, each of one kind; together they are the source. */
export function pieces(source: string): { kind: Kind; text: string }[] {
  const found: { kind: Kind; text: string }[] = [];
  let at = 0;
  for (const match of source.matchAll(PYTHON)) {
    const kind = kindOf(match, source);
    if (kind !== 'plain') {
      if (match.index > at) {
        found.push({ kind: 'plain', text: source.slice(at, match.index) });
      }
      found.push({ kind, text: match[0] });
      at = match.index + match[0].length;
    }
  }
  if (at < source.length) {
    found.push({ kind: 'plain', text: source.slice(at) });
  }
  return found;
}

function kindOf(match: RegExpMatchArray, source: string): Kind {
  const groups = match.groups ?? {};
  for (const kind of ['comment', 'string', 'number', 'magic'] as const) {
    if (groups[kind] !== undefined) {
      return kind;
    }
  }
  const name = groups['name'] ?? '';
  if (KEYWORDS.has(name)) {
    return 'keyword';
  }
  if (ATOMS.has(name)) {
    return 'atom';
  }
  return source[(match.index ?? 0) + name.length] === '(' ? 'call' : 'plain';
}
