/** The pages of a query, of runs alone or in groups, as a view follows them. */
import { useEffect, useState } from 'react';
import { GroupedPages, type GroupedBy } from '../groups';
import { useHost } from '../host';
import { Pages, type PagesState } from '../pages';

export function usePages(
  isReady: boolean,
  query: {
    experiment: string;
    filter: string;
    sort: string;
    columns: readonly string[];
    group: GroupedBy | undefined;
  }
): { pages: Pages | GroupedPages | null; state: PagesState } {
  const { client } = useHost();
  const [state, setState] = useState<PagesState>({
    total: null,
    error: null,
    isLoading: true,
    notes: []
  });
  const key = JSON.stringify([query, client.scope]);
  const [pages, setPages] = useState<Pages | GroupedPages | null>(null);
  useEffect(() => {
    if (!isReady) {
      return undefined;
    }
    // The rows of the query before stay in sight until the first of this one are there.
    const { group, ...asked } = query;
    const tell = (next: PagesState) => {
      if (next.total === null) {
        setState(before => ({ ...before, error: next.error, isLoading: next.isLoading }));
      } else {
        setPages(made);
        setState(next);
      }
    };
    const made = group
      ? new GroupedPages(client, asked, group, tell)
      : new Pages(client, asked, tell);
    made.look(0, 0);
    return () => made.dispose();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isReady, key, client]);
  return { pages, state };
}
