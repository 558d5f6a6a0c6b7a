/** The views as widgets of JupyterLab: the side panel, and tabs of the main area. */
import { ReactWidget } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import { UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import React from 'react';
import { ErrorNote } from '../components/Problem';
import { EVERY_REPORT, readLook, type DriftLook } from '../drifts';
import { HostProvider } from '../host';
import type { Cell, Run } from '../records';
import { visible } from '../text';
import { DriftList } from '../views/DriftList';
import { ElsewhereNote } from '../views/ElsewhereNote';
import { RunsView } from '../views/RunsView';
import { RunView } from '../views/RunView';
import type { Elsewhere } from './elsewhere';
import { runsIcon } from './icons';
import { PANEL } from './names';
import type { Places } from './places';

/** A React view that knows whether it is seen. */
export abstract class SeenWidget extends ReactWidget {
  private wasSeen = false;

  constructor() {
    super();
    this.addClass('nbm-root');
    this.title.icon = runsIcon;
    // Without a place for the focus, JupyterLab takes what had it before for what is in front.
    this.node.tabIndex = -1;
  }

  /** True once it was seen: before that there is nothing to draw, and nothing is asked for. */
  protected get isWanted(): boolean {
    this.wasSeen ||= this.isVisible;
    return this.wasSeen;
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement)) {
      this.node.focus({ preventScroll: true });
    }
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.update();
  }
}

const PREVIEW_TITLE = 'nbm-mod-preview';

/** A view in a tab of its own, which is gone when it is closed: otherwise it would be found again
 * where nobody sees it. */
export abstract class Tab extends SeenWidget {
  constructor() {
    super();
    this.addClass('nbm-tab');
    this.title.closable = true;
    for (const act of ['pointerdown', 'keydown']) {
      this.node.addEventListener(act, () => (this.isPreview = false));
    }
  }

  /** True while the next one may take its place; its title leans, as in other editors. */
  get isPreview(): boolean {
    return this.title.className.includes(PREVIEW_TITLE);
  }

  set isPreview(isPreview: boolean) {
    this.title.className = isPreview ? PREVIEW_TITLE : '';
  }

  protected override onCloseRequest(message: Message): void {
    super.onCloseRequest(message);
    this.dispose();
  }
}

export interface Look {
  readonly experiment: string;
  readonly filter: string;
}

/** The parts of the panel, of which one is shown. */
const SECTIONS = ['runs', 'drift'] as const;
type Section = (typeof SECTIONS)[number];

const REMEMBERED = 'nbmlops:panel';

/** The left panel: runs and reports of drift of the workspace in front. */
export class Panel extends SeenWidget {
  private look: Look = { experiment: '', filter: '' };
  private driftLook: DriftLook = EVERY_REPORT;
  private section: Section = 'runs';
  private hasChosen = false;
  /** The runs that are selected in it. */
  selected: readonly string[] = [];

  constructor(
    private readonly places: Places,
    private readonly words: TranslationBundle,
    private readonly state: IStateDB | null,
    private readonly elsewhere: Elsewhere | null
  ) {
    super();
    this.id = PANEL;
    this.addClass('nbm-panel');
    this.title.caption = words.__('Experiments and runs');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', words.__('Experiments and runs'));
    elsewhere?.changed.connect(() => this.update());
    void state?.fetch(REMEMBERED).then(found => {
      const known = found as { section?: unknown; drift?: unknown } | undefined;
      if (known && !this.hasChosen) {
        this.section = SECTIONS.find(each => each === known.section) ?? 'runs';
        this.driftLook = readLook(known.drift);
        this.update();
      }
    });
  }

  see(look: Look): void {
    this.look = look;
    this.update();
  }

  /** Show one of the sections. */
  choose(section: Section): void {
    if (section !== this.section) {
      this.section = section;
      this.selected = [];
      this.remember();
    }
    this.update();
  }

  override render(): React.JSX.Element {
    return (
      <UseSignal signal={this.places.changed}>
        {() => (
          <>
            <div className="nbm-panel-title">
              <Sections
                section={this.section}
                words={this.words}
                onSection={section => this.choose(section)}
              />
              <Switcher places={this.places} words={this.words} />
            </div>
            <div
              className="nbm-panel-body"
              role="tabpanel"
              id={`${PANEL}-body`}
              aria-labelledby={`${PANEL}-${this.section}`}
            >
              {this.renderSection()}
            </div>
            <ElsewhereNote
              finding={this.elsewhere?.finding ?? null}
              notebook={this.elsewhere?.notebook ?? ''}
              words={this.words}
              onShow={workspace => void this.places.choose(workspace)}
            />
          </>
        )}
      </UseSignal>
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.tellSeen();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.tellSeen();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.tellSeen();
  }

  private tellSeen(): void {
    if (this.elsewhere !== null) {
      this.elsewhere.isSeen = this.isVisible;
    }
  }

  private readonly select = (runs: readonly string[]): void => {
    this.selected = runs;
  };

  private readonly seeDrift = (look: DriftLook): void => {
    this.driftLook = look;
    this.remember();
    this.update();
  };

  private remember(): void {
    this.hasChosen = true;
    void this.state?.save(REMEMBERED, { section: this.section, drift: { ...this.driftLook } });
  }

  private renderSection(): React.JSX.Element {
    const { current, error, problem } = this.places;
    const whyNothing = this.elsewhere?.finding
      ? this.words.__('This notebook’s kernel records elsewhere; see below.')
      : undefined;
    if (!this.isWanted) {
      return <></>;
    }
    if (current === null) {
      return (
        <HostProvider value={this.places.anywhere}>
          {error === null ? null : (
            <ErrorNote error={error} onRetry={() => void this.places.look()} />
          )}
        </HostProvider>
      );
    }
    return (
      <HostProvider value={this.places.host(current)}>
        {problem ? (
          <p className="nbm-banner" role="status">
            {visible(problem, 400)}
          </p>
        ) : null}
        {this.section === 'runs' ? (
          <RunsView
            key={current}
            isCompact
            isShown={this.isVisible}
            experiment={this.look.experiment}
            filter={this.look.filter}
            whyNothing={whyNothing}
            onLook={(experiment, filter) => this.see({ experiment, filter })}
            onSelected={this.select}
          />
        ) : (
          <DriftList
            key={current}
            isShown={this.isVisible}
            look={this.driftLook}
            whyNothing={whyNothing}
            onLook={this.seeDrift}
          />
        )}
      </HostProvider>
    );
  }
}

/** The names of the sections as tabs; arrows walk between them. */
function Sections(props: {
  section: Section;
  words: TranslationBundle;
  onSection: (section: Section) => void;
}): React.JSX.Element {
  const { section, words, onSection } = props;
  const names: Readonly<Record<Section, string>> = {
    runs: words.__('Runs'),
    drift: words.__('Drift')
  };
  const walk = (event: React.KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) {
      const at = SECTIONS.indexOf(section) + step + SECTIONS.length;
      const next = SECTIONS[at % SECTIONS.length] ?? section;
      event.preventDefault();
      onSection(next);
      event.currentTarget.querySelector<HTMLElement>(`#${PANEL}-${next}`)?.focus();
    }
  };
  return (
    <div className="nbm-sections" role="tablist" onKeyDown={walk}>
      {SECTIONS.map(each => (
        <button
          key={each}
          id={`${PANEL}-${each}`}
          type="button"
          role="tab"
          aria-selected={each === section}
          aria-controls={`${PANEL}-body`}
          tabIndex={each === section ? 0 : -1}
          onClick={() => onSection(each)}
        >
          {names[each]}
        </button>
      ))}
    </div>
  );
}

const FOLLOW = '';

/** The choice of the workspace, where there is more than one. */
function Switcher(props: { places: Places; words: TranslationBundle }): React.JSX.Element | null {
  const { places, words } = props;
  if (places.known.length < 2 || places.current === null) {
    return null;
  }
  const current = places.known.find(each => each.key === places.current);
  return (
    <select
      className="nbm-input nbm-workspace"
      aria-label={words.__('Workspace')}
      title={current ? visible(current.location, 300) : ''}
      value={places.isFollowing ? FOLLOW : places.current}
      onChange={event => void places.choose(event.target.value || null)}
    >
      <option value={FOLLOW}>{words.__("The notebook's workspace")}</option>
      {places.known.map(each => (
        <option key={each.key} value={each.key}>
          {visible(shortLocation(each.location), 60)}
        </option>
      ))}
    </select>
  );
}

function shortLocation(location: string): string {
  const parts = location.split('/').filter(Boolean);
  return parts.length > 2 ? `…/${parts.slice(-2).join('/')}` : location;
}

/** The table of runs with all its room. */
export class RunsTab extends Tab {
  readonly lookChanged = new Signal<this, Look>(this);
  /** The runs that are selected in it. */
  selected: readonly string[] = [];

  constructor(
    private readonly places: Places,
    readonly workspace: string,
    public look: Look,
    words: TranslationBundle
  ) {
    super();
    this.id = `nbmlops-runs-${workspace}`;
    this.title.label = words.__('Runs');
    this.title.caption = words.__('Experiments and runs');
  }

  see(look: Look): void {
    this.look = look;
    this.lookChanged.emit(look);
    this.update();
  }

  override render(): React.JSX.Element {
    if (!this.isWanted) {
      return <></>;
    }
    return (
      <HostProvider value={this.places.host(this.workspace)}>
        <RunsView
          isCompact={false}
          isShown={this.isVisible}
          experiment={this.look.experiment}
          filter={this.look.filter}
          onLook={(experiment, filter) => this.see({ experiment, filter })}
          onSelected={this.select}
        />
      </HostProvider>
    );
  }

  private readonly select = (runs: readonly string[]): void => {
    this.selected = runs;
  };
}

/** What can be written about a run, and where its view does it. */
const EDITORS = {
  name: '.nbm-run-name-line .nbm-button',
  note: '.nbm-note > .nbm-button, .nbm-note-add',
  tag: '.nbm-tag-new'
} as const;

export type Editable = keyof typeof EDITORS;

/** Everything of one run. */
export class RunTab extends Tab {
  /** The cell that ran, as far as it is known. */
  cell: Cell | null = null;
  isDeleted = false;

  constructor(
    private readonly places: Places,
    readonly workspace: string,
    readonly run: string,
    private readonly words: TranslationBundle
  ) {
    super();
    this.id = `nbmlops-run-${run}`;
    this.title.label = run.slice(-8);
  }

  override render(): React.JSX.Element {
    return (
      <HostProvider value={this.places.host(this.workspace)}>
        <RunView id={this.run} isShown={this.isVisible} onRun={this.name} />
      </HostProvider>
    );
  }

  /** Begin to write, as a click into the view does. */
  edit(what: Editable): void {
    const editor = this.node.querySelector<HTMLElement>(EDITORS[what]);
    editor?.scrollIntoView({ block: 'nearest' });
    editor?.focus();
    if (editor instanceof HTMLButtonElement) {
      editor.click();
    }
  }

  private readonly name = (run: Run): void => {
    this.cell = run.cell;
    this.isDeleted = run.deleted_at !== null;
    this.title.label = visible(run.name, 40) || this.words.__('unnamed');
    this.title.caption = `${visible(run.name, 80)} · ${visible(run.experiment, 80)}`;
  };
}
