/** A unified diff as two columns that stand beside each other. */

export interface Side {
  readonly number: number;
  readonly text: string;
}

/** One line of both columns; where a side is null, the other side has a line that it has not. */
export interface Pair {
  readonly kind: 'same' | 'changed' | 'removed' | 'added' | 'gap' | 'note';
  readonly left: Side | null;
  readonly right: Side | null;
  /** What is said across both columns: how many lines are left out, or a word of the diff itself. */
  readonly note: string;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** The pairs of a diff. Lines that were replaced stand opposite of what replaced them. */
export function pairsOf(diff: string): Pair[] {
  const pairs: Pair[] = [];
  let left = 1;
  let right = 1;
  let removed: Side[] = [];
  let added: Side[] = [];
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      const [before, after] = [removed[at] ?? null, added[at] ?? null];
      const kind = before && after ? 'changed' : before ? 'removed' : 'added';
      pairs.push({ kind, left: before, right: after, note: '' });
    }
    removed = [];
    added = [];
  };
  for (const line of diff ? diff.split('\n') : []) {
    const hunk = HUNK.exec(line);
    if (hunk) {
      flush();
      const next = Number(hunk[1]);
      const passed = next - left;
      left = next;
      right = Number(hunk[2]);
      if (passed > 0 || pairs.length > 0) {
        pairs.push({ kind: 'gap', left: null, right: null, note: String(Math.max(passed, 0)) });
      }
    } else if (line.startsWith('-')) {
      removed.push({ number: left++, text: line.slice(1) });
    } else if (line.startsWith('+')) {
      added.push({ number: right++, text: line.slice(1) });
    } else if (line.startsWith(' ') || line === '') {
      flush();
      const text = line.slice(1);
      pairs.push({
        kind: 'same',
        left: { number: left++, text },
        right: { number: right++, text },
        note: ''
      });
    } else {
      flush();
      pairs.push({ kind: 'note', left: null, right: null, note: line });
    }
  }
  flush();
  return pairs;
}

/** The part of two lines that differs: where it begins, and how much at the end is the same. Null
 * where so little is the same that marking the rest would say nothing. */
export function middle(before: string, after: string): { start: number; end: number } | null {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) {
    start++;
  }
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) {
    end++;
  }
  const longest = Math.max(before.length, after.length);
  return (start + end) * 3 < longest ? null : { start, end };
}
