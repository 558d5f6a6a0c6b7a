/** The live card under a cell, as an anywidget module: the kernel sends points, this draws them. */
import React from 'react';
import { createRoot } from 'react-dom/client';
import type { Interrupt } from '../components/stop';
import { Growing } from '../growing';
import { HostProvider } from '../host';
import { LiveCard, type Facts, type Going } from '../views/LiveCard';
import { makeHost } from './host';
import { about, type Given, type Model } from './model';
import { interrupt, server } from './page';

interface Told {
  readonly type: string;
  readonly names: readonly string[];
  readonly anew: boolean;
  readonly facts: Facts;
}

/** What came for one model; views of it come and go. */
class Course {
  private readonly series = new Map<string, Growing>();
  private readonly listeners = new Set<() => void>();
  private facts: Facts = {};
  private toldAt = Date.now();
  private round = 0;

  constructor(private readonly model: Model) {
    model.on('msg:custom', this.take);
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get going(): Going {
    const { name = '', experiment = '' } = about(this.model);
    const { facts, toldAt, round } = this;
    return { name, experiment, series: [...this.series.values()], facts, toldAt, round };
  }

  /** Null where nothing that is said here reaches a kernel that is busy. */
  get interrupt(): Interrupt | null {
    const { kernel } = about(this.model);
    if (this.facts.is_heard === true) {
      return () => Promise.resolve(this.model.send({ type: 'stop' }));
    }
    return server() !== null && kernel ? () => interrupt(kernel) : null;
  }

  private readonly take = (told: Told, buffers: readonly (DataView | ArrayBuffer)[]): void => {
    if (told.type !== 'points') {
      return;
    }
    if (told.anew) {
      this.series.clear();
    }
    told.names.forEach((name, at) => {
      let series = this.series.get(name);
      if (series === undefined) {
        series = new Growing(name);
        this.series.set(name, series);
      }
      series.add(numbers(buffers[2 * at]), numbers(buffers[2 * at + 1]));
    });
    const timing = told.facts.elapsed_seconds !== undefined;
    this.facts = { ...this.facts, ...told.facts };
    this.toldAt = timing ? Date.now() : this.toldAt;
    this.round += 1;
    this.tell();
  };

  private tell(): void {
    for (const listener of [...this.listeners]) {
      listener();
    }
  }
}

/** The numbers of a buffer, which may begin anywhere in memory. */
function numbers(buffer: DataView | ArrayBuffer | undefined): Float64Array {
  if (buffer === undefined) {
    return new Float64Array();
  }
  const view = buffer instanceof ArrayBuffer ? new DataView(buffer) : buffer;
  const bytes = new Uint8Array(view.byteLength);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return new Float64Array(bytes.buffer);
}

const courses = new WeakMap<Model, Course>();

function courseOf(model: Model): Course {
  let course = courses.get(model);
  if (course === undefined) {
    course = new Course(model);
    courses.set(model, course);
  }
  return course;
}

/** Begins to listen before anything is shown, so that no point is missed. */
function initialize({ model }: { model: Model }): void {
  courseOf(model);
}

function render({ model, el }: Given): () => void {
  const course = courseOf(model);
  const root = createRoot(el);
  const host = makeHost();
  el.classList.add('nbm-root', 'nbm-under-cell');
  let frame = 0;
  const draw = () => {
    frame = 0;
    root.render(
      <HostProvider value={host}>
        <LiveCard going={course.going} interrupt={course.interrupt} />
      </HostProvider>
    );
  };
  const stop = course.listen(() => {
    frame ||= requestAnimationFrame(draw);
  });
  draw();
  if (server() === null) {
    model.send({ type: 'ready' }); // whether a busy kernel hears it says whether Stop can work
  }
  return () => {
    stop();
    cancelAnimationFrame(frame);
    root.unmount();
  };
}

export default { initialize, render };
