/** A way to stop a run: the kernel that executes it is interrupted, and what was recorded is kept. */
import { useEffect, useRef, useState } from 'react';
import { useHost, type Host } from '../host';
import type { Run } from '../records';

/** A cell may take an interrupt for something to finish first, or for nothing: it can be told again. */
const AGAIN_MS = 5000;

export type Interrupt = () => Promise<void>;

export interface Stop {
  readonly act: () => void;
  readonly isStopping: boolean;
  /** The words of a stop that did not reach the kernel. */
  readonly problem: string | null;
}

/** What a button to stop needs; null where nothing reaches the kernel. */
export function useStop(interrupt: Interrupt | null): Stop | null {
  const { words } = useHost();
  const [state, setState] = useState({ isStopping: false, problem: null as string | null });
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (interrupt === null) {
    return null;
  }
  const end = (problem: string | null) => setState({ isStopping: false, problem });
  const act = () => {
    setState({ isStopping: true, problem: null });
    void Promise.resolve()
      .then(interrupt)
      .then(
        () => {
          timer.current = window.setTimeout(() => end(null), AGAIN_MS);
        },
        (error: unknown) => {
          const why = error instanceof Error ? error.message : String(error);
          end(
            words.__("Stop did not reach the kernel (%1). Use the notebook's own ■ button.", why)
          );
        }
      );
  };
  return { act, ...state };
}

/** What interrupts the kernel of a run; null where no kernel of this server executes it. */
export function interruptOf(host: Host, run: Run | null): Interrupt | null {
  const kernel = run?.status === 'running' ? run.cell?.kernel_id : null;
  return (kernel && host.stopper?.(kernel)) || null;
}
