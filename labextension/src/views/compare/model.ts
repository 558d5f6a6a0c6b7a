/** What all parts of a comparison share: the runs, how each looks, and which of them are meant. */
import React from 'react';
import type { ComparedRun, Comparison } from '../../comparison';
import { lookOf, type Look } from '../../looks';

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

/** The looks of runs by where they stand. */
export function looksOf(comparison: Comparison): ReadonlyMap<string, Look> {
  return new Map(comparison.runs.map((run, at) => [run.id, lookOf(at)]));
}

/** True for a run that is to stand out: pointed at, or marked, or nothing is. */
export function isStrong(compared: Compared, id: string): boolean {
  return compared.hovered !== null
    ? compared.hovered === id
    : compared.chosen.size === 0 || compared.chosen.has(id);
}
