/** What a widget's front end is given by anywidget, whichever program shows the notebook. */
import type { Host } from '../host';
import type { Opening } from '../opening';

export interface Model {
  get(name: string): unknown;
  on(name: string, call: (...given: never[]) => void): void;
  off(name: string, call: (...given: never[]) => void): void;
  send(content: unknown): void;
}

export interface Given {
  readonly model: Model;
  readonly el: HTMLElement;
  /** What is around a view that stands in the place of another one; anywidget gives none. */
  readonly around?: Around;
}

export interface Around {
  readonly open: (opening: Opening) => void;
  readonly tell: Host['tell'];
}

/** What a widget is about, as Python said when it was made. */
export function about(model: Model): Readonly<Record<string, string>> {
  return (model.get('about') ?? {}) as Readonly<Record<string, string>>;
}
