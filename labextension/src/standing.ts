/** What a badge says of a cell's latest run, in few words. */
import * as format from './format';
import type { Words } from './host';
import type { CellRun } from './routes';
import { visible } from './text';

export interface Badge {
  readonly name: string;
  /** The headline metric with its value; empty where there is none. */
  readonly metric: string;
  /** The change against the best so far, as `★ best`; empty where nobody can say. */
  readonly change: string;
  readonly title: string;
}

export function badgeOf(cell: CellRun, isEdited: boolean, words: Words): Badge {
  const name = visible(cell.name, 24) || words.__('unnamed');
  const metric =
    cell.metric === null ? '' : `${visible(cell.metric, 24)} ${format.number(cell.value)}`;
  const distance =
    cell.value === null || cell.best_value === null
      ? null
      : Math.abs(format.toNumber(cell.best_value) - format.toNumber(cell.value));
  const behind = `${cell.direction === 'higher' ? '▼' : '▲'} ${
    distance === null ? '' : format.difference(distance, cell.value ?? 0)
  }`;
  const change =
    cell.standing === 'best' ? `★ ${words.__('best')}` : cell.standing === 'behind' ? behind : '';
  const stands =
    cell.standing === 'best'
      ? words.__('the best %1 so far', visible(cell.metric ?? '', 40))
      : cell.standing === 'behind'
        ? words.__(
            'worse than the best so far, %1 of %2',
            format.number(cell.best_value),
            visible(cell.best_name ?? '', 40)
          )
        : '';
  const title = [
    words.__('Run %1 in %2', visible(cell.name, 80), visible(cell.experiment, 80)),
    stands,
    isEdited ? words.__('The code was edited since this run.') : ''
  ];
  return { name, metric, change, title: title.filter(Boolean).join('\n') };
}

/** True where a source is not the one that ran; null where this page cannot tell. */
export async function isEdited(source: string, cell: CellRun): Promise<boolean | null> {
  if (!cell.digest) {
    return null;
  }
  if (source === cell.source) {
    return false;
  }
  // Pages that came without encryption have no digests; where secrets were taken out of the
  // record, only a digest can tell.
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (subtle === undefined) {
    return null;
  }
  const digest = await subtle.digest('SHA-256', new TextEncoder().encode(source));
  const hex = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return hex !== cell.digest;
}
