/** What all parts of a comparison share: the runs, how each looks, and which of them are meant. */
import React from 'react';
import type { ComparedRun, Comparison } from '../../comparison';
import { MANY, type Look } from '../../looks';

export interface Compared {
  readonly comparison: Comparison;
  readonly runs: readonly ComparedRun[];
  readonly looks: ReadonlyMap<string, Look>;
  /** The run that the others are told against. */
  readonly first: string;
  readonly onlyDifferences: boolean;
  /** Runs that a person marked or brushed; none means all. */
  readonly chosen: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly choose: (ids: readonly string[]) => void;
  readonly hover: (id: string | null) => void;
}

const Context = React.createContext<Compared | null>(null);

export const ComparedProvider = Context.Provider;

export function useCompared(): Compared {
  const compared = React.useContext(Context);
  if (compared === null) {
    throw new Error('A part of a comparison stands outside of it.');
  }
  return compared;
}

/** True for a run that is to stand out: pointed at, or marked, or nothing is. */
export function isStrong(compared: Compared, id: string): boolean {
  return compared.hovered !== null
    ? compared.hovered === id
    : compared.chosen.size === 0 || compared.chosen.has(id);
}

/** True where there are so many runs that only what stands out can be told. */
export function isCrowd(compared: Compared): boolean {
  return compared.runs.length > MANY;
}

/** True for a run that stands out, and for all of them where there are few. */
export function isTold(compared: Compared, id: string): boolean {
  const isSome = compared.hovered !== null || compared.chosen.size > 0;
  return isStrong(compared, id) && (isSome || !isCrowd(compared));
}
