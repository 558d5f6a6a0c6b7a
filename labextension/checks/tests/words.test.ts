/// <reference types="vite/client" />
import ts from 'typescript';
import { expect, test } from 'vitest';
import { WORDS, wordsOfPage, type Asked } from '../../src/opening';

const SOURCES = import.meta.glob<string>('../../src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true
});
const SEEN = /^(title|label|caption|placeholder|alt|message|aria-(label|valuetext|description))$/;
/** Files that hold a language of their own, or only what people who write code read. */
const WITHOUT = /^(python|records|routes)\.ts$|^lab\/icons\.ts$|^components\/icons\.tsx$/;
/** What stays the same in every language: code, names, styles and what JupyterLab reads itself. */
const SAME = new Set([
  'None',
  'True',
  'False',
  'Python',
  'pip install --upgrade nbmlops && jupyter server extension enable nbmlops',
  '%load_ext nbmlops',
  '%load_ext nbmlops\n\n%%track my-experiment\nmodel.fit(X, y)',
  '%load_ext nbmlops\n\n%drift X_train X_live',
  '%monitor add live',
  '\n%monitor run live',
  "status in ('failed', 'cancelled', 'lost')",
  'random numbers of ',
  'Experiments and runs beside the notebook.'
]);
const LANGUAGE =
  /\b(is|like|and|kind|status|started_at) ?(null|not|=|<)|^notebook like | (asc|desc)$/;
const STYLE = /nbm-|^:scope|px |sans-serif|, (picture|embed|video)|noopener/;

function isLiteral(node: ts.Node): node is ts.LiteralLikeNode {
  return (
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddle(node) ||
    ts.isTemplateTail(node)
  );
}

/** True for what is translated, or for what is no text at all: a path, a type, a comparison. */
function isSettled(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isTemplateSpan(parent) || ts.isTemplateExpression(parent)) {
    return isSettled(parent);
  }
  if (ts.isCallExpression(parent)) {
    const called = parent.expression.getText();
    return /\.(__|_n)$/.test(called) || /^(super|subtle)\b/.test(called);
  }
  return (
    ts.isNewExpression(parent) ||
    ts.isImportDeclaration(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isElementAccessExpression(parent) ||
    (ts.isBinaryExpression(parent) && /^([!=]==|in)$/.test(parent.operatorToken.getText()))
  );
}

/** The name of what a text is given to, where that is shown to people. */
function isSeen(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isJsxAttribute(at) || ts.isPropertyAssignment(at)) {
      return SEEN.test(at.name.getText());
    }
    if (ts.isJsxExpression(at)) {
      return ts.isJsxElement(at.parent) || ts.isJsxFragment(at.parent) ? true : isSeen(at);
    }
    if (ts.isCallExpression(at) || ts.isArrowFunction(at) || ts.isBlock(at)) {
      return false;
    }
  }
  return false;
}

function untranslated(path: string, text: string): string[] {
  const found: string[] = [];
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
  const look = (node: ts.Node): void => {
    if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text)) {
      found.push(node.text.trim());
    } else if (isLiteral(node) && /\p{L}{2}/u.test(node.text) && !SAME.has(node.text)) {
      const isProse = /\p{L}{2}[,.:]? \p{L}/u.test(node.text) || /^\p{Lu}\p{Ll}+$/u.test(node.text);
      const isOther = LANGUAGE.test(node.text) || STYLE.test(node.text);
      if ((isProse || isSeen(node)) && !isOther && !isSettled(node)) {
        found.push(node.text);
      }
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return found;
}

test('every text that a person sees is translated by the host', () => {
  const named = Object.entries(SOURCES).map(([path, text]) => [path.slice(10), text] as const);
  expect(named.length).toBeGreaterThan(50);
  const found = named
    .filter(([name]) => !WITHOUT.test(name))
    .flatMap(([name, text]) => untranslated(name, text).map(each => `${name}: ${each}`));
  expect(found).toEqual([]);
});

test('a text that is not translated is found wherever it stands', () => {
  const found = untranslated(
    'a.tsx',
    `const one = <p title="Hidden">Shown {two ? 'first' : words.__('second')}</p>;
     const three = { label: 'Open', key: 'open' };
     tell('error', \`It failed: \${why}\`);`
  );
  expect(found).toEqual(['Hidden', 'Shown', 'first', 'Open', 'It failed: ']);
});

test('a widget speaks the language of its page, and its own where nobody translates', () => {
  const page = new EventTarget();
  expect(wordsOfPage(page).__('%1 of %2', 1, 2)).toBe('1 of 2');
  page.addEventListener(WORDS, event => {
    const words = { __: (text: string) => text.toUpperCase(), _n: (one: string) => one };
    (event as CustomEvent<Asked>).detail.words = words;
  });
  expect(wordsOfPage(page).__('Stop')).toBe('STOP');
});
