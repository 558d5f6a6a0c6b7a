/** Live cards in the cells of runs that a page before this one began. They lie over the outputs and are
 * none: nothing of them reaches the file, and what the kernel shows at the end stands in their place. */
import { ReactWidget } from '@jupyterlab/ui-components';
import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import React from 'react';
import { HostProvider, type Host } from '../host';
import { FollowedCard } from '../views/FollowedCard';
import type { Cell } from './notebooks';

/** Where a run's card belongs: in place of one of its cell's outputs, or behind all of them. */
export interface Spot {
  readonly cell: Cell;
  readonly output: number | null;
}

class Card extends ReactWidget {
  constructor(
    private readonly host: Host,
    private readonly run: string
  ) {
    super();
    this.addClass('nbm-root');
    this.addClass('nbm-under-cell');
  }

  override render(): React.JSX.Element {
    return (
      <HostProvider value={this.host}>
        <FollowedCard id={this.run} />
      </HostProvider>
    );
  }
}

export class FollowedCards {
  private readonly cards = new Map<string, Card>();
  private wanted: ReadonlyMap<string, Spot> = new Map();

  constructor(private readonly host: Host) {}

  /** Show a card for each of these runs, and for no others. */
  show(runs: ReadonlyMap<string, Spot>): void {
    this.wanted = runs;
    for (const run of [...this.cards.keys()].filter(each => !runs.has(each))) {
      this.drop(run);
    }
    for (const [run, spot] of runs) {
      this.place(run, spot);
    }
  }

  dispose(): void {
    Signal.clearData(this);
    this.show(new Map());
  }

  private readonly again = (): void => this.show(this.wanted);

  private place(run: string, { cell, output }: Spot): void {
    // A cell that is not in sight may have no place for it yet.
    cell.inViewportChanged.connect(this.again, this);
    const area = cell.node.querySelector('.jp-Cell-outputWrapper .jp-OutputArea');
    const outputs = area?.querySelectorAll(':scope > .jp-OutputArea-child:not(.nbm-followed)');
    const place = output === null ? area : outputs?.item(output);
    if (!place?.isConnected || place.contains(this.cards.get(run)?.node ?? null)) {
      return;
    }
    this.drop(run);
    const card = new Card(this.host, run);
    this.cards.set(run, card);
    Widget.attach(card, place === area ? newRow(area) : (place as HTMLElement));
  }

  private drop(run: string): void {
    const card = this.cards.get(run);
    if (card === undefined) {
      return;
    }
    this.cards.delete(run);
    const row = card.node.closest('.nbm-followed');
    // Lumino takes away only what is in the page, and the output around it may be gone already.
    MessageLoop.sendMessage(card, Widget.Msg.BeforeDetach);
    card.node.remove();
    MessageLoop.sendMessage(card, Widget.Msg.AfterDetach);
    card.dispose();
    row?.remove();
  }
}

/** A row behind the outputs, as an output has one. */
function newRow(area: Element): HTMLElement {
  const row = document.createElement('div');
  row.className = 'nbm-followed jp-OutputArea-child';
  const prompt = document.createElement('div');
  prompt.classList.add('jp-OutputPrompt', 'jp-OutputArea-prompt');
  row.append(prompt);
  area.append(row);
  return row;
}
