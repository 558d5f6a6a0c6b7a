/** Hooks that several views share. */
import { useEffect, useRef, useState } from 'react';
import type { Live } from '../live';

/** The time, anew every `everyMs` while `isOn`. */
export function useNow(everyMs: number, isOn = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => document.hidden || setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isOn]);
  return now;
}

/** Calls `onChange` when the workspace changed after the view came up, while the view is seen. */
export function useChanges(live: Live, onChange: () => void, isShown: boolean): void {
  const call = useRef(onChange);
  const seen = useRef<number | null>(live.known?.sequence ?? null);
  // What came up hidden may have asked long before anybody listened.
  const wasHidden = useRef(!isShown);
  call.current = onChange;
  useEffect(
    () =>
      isShown
        ? live.listen(changed => {
            const isNews =
              seen.current === null ? wasHidden.current : seen.current !== changed.sequence;
            if (isNews) {
              call.current();
            }
            seen.current = changed.sequence;
          })
        : undefined,
    [live, isShown]
  );
}

/** As JupyterLab and VS Code say it. */
const themeNow = () => {
  const { jpThemeName, vscodeThemeName } = document.body.dataset;
  return jpThemeName ?? vscodeThemeName ?? '';
};

/** Changes whenever the theme does: a canvas reads its colors when it draws. */
export function useThemeKey(): string {
  const [key, setKey] = useState(themeNow);
  useEffect(() => {
    let timer = 0;
    const observer = new MutationObserver(() => {
      // The attribute changes before the style sheet of the theme is there.
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        const style = getComputedStyle(document.body);
        const ink = style.getPropertyValue('--jp-ui-font-color1') || style.color;
        setKey(`${themeNow()}|${ink}`);
      }, 100);
    });
    const attributeFilter = ['data-jp-theme-name', 'data-jp-theme-light', 'data-vscode-theme-name'];
    observer.observe(document.body, { attributes: true, attributeFilter });
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, []);
  return key;
}

/** A request that has not been answered for so long may go over a connection that is gone. */
const PATIENCE_MS = 10_000;

/** What a promise gave, anew when what is asked for or the round changes; the one before stays until
 * the next is there. A new round waits for the answer to the one before: where changes come faster
 * than answers, nothing would ever be seen otherwise. */
export function useAnswer<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  key: unknown,
  round: unknown = null
): { answer: Answer | null; error: unknown } {
  const [state, setState] = useState<{ answer: Answer | null; error: unknown }>({
    answer: null,
    error: null
  });
  const call = useRef(ask);
  const again = useRef<() => void>(() => undefined);
  call.current = ask;
  useEffect(() => {
    let asked: AbortController | null = null;
    let [askedAt, isStale] = [0, false];
    const look = () => {
      if (asked !== null && Date.now() - askedAt < PATIENCE_MS) {
        isStale = true;
        return;
      }
      asked?.abort();
      const mine = (asked = new AbortController());
      [askedAt, isStale] = [Date.now(), false];
      const settle = (how: (before: typeof state) => typeof state) => {
        if (!mine.signal.aborted) {
          asked = null;
          setState(how);
          if (isStale) {
            look();
          }
        }
      };
      call.current(mine.signal).then(
        answer => settle(() => ({ answer, error: null })),
        (error: unknown) => settle(before => ({ ...before, error }))
      );
    };
    again.current = look;
    return () => {
      asked?.abort();
      again.current = () => undefined;
    };
  }, [key]);
  useEffect(() => again.current(), [key, round]);
  return state;
}

/** Whether any of an element is in sight: it may be scrolled away, or in a tab behind another one. */
export function useSight(element: React.RefObject<HTMLElement>): boolean {
  const [isSeen, setSeen] = useState(true);
  useEffect(() => {
    const seen = element.current;
    if (seen === null) {
      return undefined;
    }
    const observer = new IntersectionObserver(entries => {
      setSeen(entries.at(-1)?.isIntersecting ?? true);
    });
    observer.observe(seen);
    return () => observer.disconnect();
  }, [element]);
  return isSeen;
}

/** The width of an element in pixels, as it changes. */
export function useWidth(element: React.RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(640);
  useEffect(() => {
    const seen = element.current;
    if (seen === null) {
      return undefined;
    }
    const read = () => seen.clientWidth > 0 && setWidth(seen.clientWidth);
    const observer = new ResizeObserver(read);
    observer.observe(seen);
    read();
    return () => observer.disconnect();
  }, [element]);
  return width;
}
