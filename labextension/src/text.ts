/** Text of runs, made safe to read: it never acts, as in nbmlops/views/escaping.py. */

// C0, DEL and C1; soft hyphen; directional marks, embeddings, overrides and isolates; zero-width
// characters but not the joiners that scripts and emoji need; line and paragraph separators;
// interlinear, object and byte-order marks; lone surrogates; noncharacters; tag characters.
const ACTING =
  '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e' +
  '\\u2060-\\u206f\\ufeff\\ufff9-\\ufffc\\ufffe\\uffff\\ud800-\\udfff\\u{e0000}-\\u{e007f}';
const LINE = new RegExp(`[${ACTING}]`, 'gu');
const BLOCK = new RegExp(`(?![\\n\\t])[${ACTING}]`, 'gu');
const COLORS = /\u001b\[[0-9;:]*m/g;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const LINK = /^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[A-Za-z0-9._~/%+=&?#,;@-]*)?$/;

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return (
    NAMED[character] ??
    (code < 256
      ? `\\x${hex.padStart(2, '0')}`
      : code < 65536
        ? `\\u${hex.padStart(4, '0')}`
        : `\\U${hex.padStart(8, '0')}`)
  );
}

/** The text, or its beginning with an ellipsis where it is longer than `limit` characters. */
export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, Math.max(limit - 1, 0)) + '…';
}

/** One line of text in which nothing acts: controls, bidi and line breaks become escapes. */
export function visible(text: string, limit = 200): string {
  return clip(text, limit).replace(LINE, escaped);
}

/** Several lines in which nothing acts; terminal colors are left out, breaks and tabs stay. */
export function block(text: string): string {
  return text.replace(COLORS, '').replace(/\r\n/g, '\n').replace(BLOCK, escaped);
}

/** The address if it is a plain http(s) one, else null: nothing else becomes a link. */
export function link(address: string): string | null {
  return address.length <= 500 && LINK.test(address) ? address : null;
}
