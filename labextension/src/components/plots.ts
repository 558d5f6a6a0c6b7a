/** What charts by uPlot have in common: colors, axes, zooming by a drag, the width of their place. */
import uPlot from 'uplot';
import * as format from '../format';
import type { Line } from '../lines';
import { digitsOf, isFlat } from '../spans';

/** A part of the x axis that a person chose, null for all of it. */
export type Zoom = (range: readonly [number, number] | null) => void;

/** uPlot's number for a logarithmic scale; its enumeration exists for the compiler only. */
export const LOGARITHMIC = JSON.parse('{"distr":3}') as uPlot.Scale;

export function css(element: Element, name: string, otherwise: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim() || otherwise;
}

/** The lines over one x axis, as uPlot takes them. */
export function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const tables = lines.map((line): uPlot.AlignedData => [[...line.x], [...line.y]]);
  return tables.length === 1 && tables[0] ? tables[0] : uPlot.join(tables);
}

/** An axis in the colors and the font of the theme. */
export function themed(element: Element): uPlot.Axis {
  return {
    stroke: css(element, '--nbm-faint', '#777'),
    font: `11px ${css(element, '--jp-ui-font-family', 'system-ui, sans-serif')}`,
    grid: { stroke: css(element, '--nbm-grid', '#ddd'), width: 1 },
    ticks: { show: false },
    border: { show: false }
  };
}

/** The scale of values: noise is drawn as the constant that it means. */
export const VALUES: uPlot.Scale = {
  range: (_, low: number | null, high: number | null): uPlot.Range.MinMax => {
    if (low === null || high === null) {
      return [null, null];
    }
    const middle = low + (high - low) / 2;
    return isFlat(low, high)
      ? uPlot.rangeNum(middle, middle, ROOM, true)
      : uPlot.rangeNum(low, high, ROOM, true);
  }
};

/** The axis of values, as wide as its longest number; ticks differ in what is written at them. */
export function valueAxis(
  element: Element,
  unit: () => ((value: number | null) => string) | undefined
): uPlot.Axis {
  return {
    ...themed(element),
    size: (_, texts: readonly string[] | null) =>
      Math.max(52, 14 + 6.6 * Math.max(0, ...(texts ?? []).map(each => each.length))),
    space: 28,
    gap: 6,
    values: (_, ticks: readonly (number | null)[]) => {
      const digits = digitsOf(ticks, 6);
      return ticks.map(unit() ?? (each => format.tick(each, digits)));
    }
  };
}

/** Tell what was dragged over, and take the mark of the drag away. */
export function tellZoom(plot: uPlot, onZoom: Zoom | undefined): void {
  const { left, width } = plot.select;
  if (onZoom && width > 4) {
    onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}

/** The room above and below of the whole, as uPlot leaves it. */
const ROOM = 0.1;
/** So much of a frame is spent on plots; what does not fit in is drawn in the next ones. */
const MOST_MS = 6;

const waiting = new Map<uPlot, uPlot.AlignedData>();
let frame = 0;
let inFrame: unknown = null;
let spentMs = 0;

/** Give a plot new points in the frame that is being made, or where that has no time, in a later one.
 * What comes together should be painted together: each frame more costs the browser as much again.
 */
export function drawInTime(plot: uPlot, data: uPlot.AlignedData): void {
  waiting.set(plot, data);
  if (frame === 0) {
    drawNext();
  }
}

function drawNext(): void {
  frame = 0;
  const now = document.timeline.currentTime; // the same through all of a frame
  if (now !== inFrame) {
    [inFrame, spentMs] = [now, 0];
  }
  for (const [plot, data] of waiting) {
    if (spentMs >= MOST_MS) {
      frame = requestAnimationFrame(drawNext);
      return;
    }
    waiting.delete(plot);
    const began = performance.now();
    plot.batch(() => plot.setData(data)); // in a batch it is drawn at once
    spentMs += performance.now() - began;
  }
}

/** Keep a plot as wide as its place, all of it after a double click; what is returned removes it. */
export function settle(
  plot: uPlot,
  element: Element,
  height: number,
  back: () => void
): () => void {
  plot.over.addEventListener('dblclick', back);
  const observer = new ResizeObserver(() => {
    const width = Math.floor(element.clientWidth);
    if (width > 0 && width !== plot.width) {
      plot.setSize({ width, height });
    }
  });
  observer.observe(element);
  return () => {
    observer.disconnect();
    waiting.delete(plot);
    plot.destroy();
  };
}
