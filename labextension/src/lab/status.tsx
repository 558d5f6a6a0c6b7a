/** The status bar's word on what runs now. */
import { ReactWidget } from '@jupyterlab/apputils';
import { TextItem } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import type { Places } from './places';

export class RunningItem extends ReactWidget {
  private running = 0;
  private stop: (() => void) | null = null;
  private listeningTo: string | null = null;

  constructor(
    private readonly places: Places,
    private readonly words: TranslationBundle,
    private readonly onClick: () => void
  ) {
    super();
    this.id = 'nbmlops-status';
    this.addClass('jp-mod-highlighted');
    places.changed.connect(this.listen);
    this.listen();
  }

  override dispose(): void {
    this.places.changed.disconnect(this.listen);
    this.stop?.();
    super.dispose();
  }

  override render(): React.JSX.Element {
    const label = this.words._n('%1 run is running', '%1 runs are running', this.running);
    return (
      <button
        type="button"
        className="nbm-status-item"
        title={label}
        aria-label={label}
        hidden={this.running === 0}
        onClick={this.onClick}
      >
        <span className="nbm-status-item-mark" aria-hidden="true">
          ●
        </span>
        <TextItem source={this.words.__('%1 running', this.running)} />
      </button>
    );
  }

  private readonly listen = (): void => {
    const { current } = this.places;
    if (current === null || current === this.listeningTo) {
      return;
    }
    this.stop?.();
    this.listeningTo = current;
    this.stop = this.places.host(current).live.listen(changed => {
      if (changed.running !== this.running) {
        this.running = changed.running;
        this.update();
      }
    });
  };
}
