/** A comparison as a file that the browser saves. */
import { offer } from '../../download';
import type { Host } from '../../host';
import { pictureOf } from './picture';

export const FORMS = ['csv', 'html', 'png'] as const;
export type Form = (typeof FORMS)[number];

export function formWord(form: Form, { words }: Host): string {
  return {
    csv: words.__('Table (CSV)'),
    html: words.__('Page (HTML)'),
    png: words.__('Charts (PNG)')
  }[form];
}

/** Save what `view` shows; a picture is made of the view, the rest by Python. */
export async function saveComparison(
  host: Host,
  runs: readonly string[],
  form: Form,
  view: HTMLElement | null
): Promise<void> {
  const { client, tell, words } = host;
  try {
    if (form === 'png') {
      if (view) {
        const title = words._n('Comparison of %1 run', 'Comparison of %1 runs', runs.length);
        offer(await pictureOf(view, title), 'comparison.png');
      }
      return;
    }
    const file = await client.exportComparison(runs, form);
    offer(new Blob([file.text], { type: 'application/octet-stream' }), file.name);
  } catch (error) {
    tell('error', error instanceof Error ? error.message : String(error));
  }
}
