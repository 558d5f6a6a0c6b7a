/** A way to stop a run: the kernel that executes it is interrupted, and what was recorded is kept. */
import { useState } from 'react';
import { useHost } from '../host';
import type { Run } from '../records';

export interface Stop {
  /** Null where no kernel of this server executes the run. */
  readonly act: (() => void) | null;
  readonly isStopping: boolean;
  /** The words of a stop that did not reach the kernel. */
  readonly problem: string | null;
}

export function useStop(run: Run | null): Stop {
  const { stopper, words } = useHost();
  const [state, setState] = useState({ isStopping: false, problem: null as string | null });
  const kernel = run?.status === 'running' ? run.cell?.kernel_id : null;
  const interrupt = kernel ? stopper?.(kernel) : null;
  if (!interrupt) {
    return { act: null, isStopping: false, problem: null };
  }
  const act = () => {
    setState({ isStopping: true, problem: null });
    interrupt().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      const problem = words.__(
        "Stop did not reach the kernel (%1). Use the notebook's own ■ button.",
        why
      );
      setState({ isStopping: false, problem });
    });
  };
  return { act, ...state };
}
