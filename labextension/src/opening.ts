/** What a widget asks of the page around it, where JupyterLab's part of nbmlops listens. */
import { plainWords, type Words } from './words';

/** By this event it asks to open runs. */
export const OPEN = 'nbmlops-open';

/** By this event a widget asks the page for the words of its language. */
export const WORDS = 'nbmlops-words';

export interface Asked {
  words: Words | null;
}

/** The words of the page's language; as they are written where nobody translates. */
export function wordsOfPage(page: EventTarget = document): Words {
  return ask(page) ?? plainWords;
}

/** Whether JupyterLab's part of nbmlops is in this page and opens what a widget asks for. */
export function isAtHome(page: EventTarget = document): boolean {
  return ask(page) !== null;
}

function ask(page: EventTarget): Words | null {
  const detail: Asked = { words: null };
  page.dispatchEvent(new CustomEvent(WORDS, { detail }));
  return detail.words;
}

export interface Opening {
  readonly runs: readonly string[];
  readonly workspace: string;
  /** As what a run is opened where it is not the run itself. */
  readonly view?: 'drift';
}
