/** Plots that stand in a page, drawn anew on another canvas: as sharp as that one is. */
import type uPlot from 'uplot';

/** What draws over the lines of a plot, in CSS pixels from the plot's corner. */
export type Over = (ctx: CanvasRenderingContext2D) => void;

const known = new WeakMap<Element, { readonly plot: uPlot; readonly over: Over | undefined }>();

/** Remember which plot stands in a place, until what is returned is called. */
export function register(place: Element, plot: uPlot, over?: Over): () => void {
  known.set(place, { plot, over });
  return () => void known.delete(place);
}

/** Draw the plot of a place as it is seen, from the corner of the context on; false without one. */
export function paint(place: Element, ctx: CanvasRenderingContext2D): boolean {
  const found = known.get(place);
  if (found === undefined) {
    return false;
  }
  const { plot, over } = found;
  const box = boxOf(plot);
  ctx.save();
  plot.axes.forEach((axis, at) => paintAxis(ctx, plot, axis, at === 0, box));
  ctx.restore();
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
  plot.series.forEach((series, at) => at > 0 && paintLine(ctx, plot, series, at, box));
  ctx.restore();
  over?.(ctx);
  return true;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What uPlot keeps of an axis: where its ticks are, and what they say. */
interface Axis extends uPlot.Axis {
  readonly _splits?: readonly (number | null)[];
  readonly _values?: readonly (string | number | null)[];
}

export function boxOf(plot: uPlot): Box {
  const ratio = window.devicePixelRatio || 1;
  const { left, top, width, height } = plot.bbox;
  return { left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio };
}

function paintAxis(
  ctx: CanvasRenderingContext2D,
  plot: uPlot,
  axis: Axis,
  isBelow: boolean,
  box: Box
): void {
  const scale = isBelow ? 'x' : 'y';
  ctx.font = fontOf(axis.font);
  ctx.fillStyle = paintOf(axis.stroke, plot, isBelow ? 0 : 1);
  ctx.strokeStyle = paintOf(axis.grid?.stroke, plot, isBelow ? 0 : 1);
  ctx.lineWidth = 1;
  ctx.textAlign = isBelow ? 'center' : 'right';
  ctx.textBaseline = isBelow ? 'top' : 'middle';
  (axis._splits ?? []).forEach((split, at) => {
    if (split === null) {
      return;
    }
    const place = plot.valToPos(split, scale);
    const last = isBelow ? box.width : box.height;
    if (!Number.isFinite(place) || place < -0.5 || place > last + 0.5) {
      return;
    }
    const text = String(axis._values?.[at] ?? '');
    ctx.beginPath();
    if (isBelow) {
      ctx.moveTo(box.left + place, box.top);
      ctx.lineTo(box.left + place, box.top + box.height);
      ctx.fillText(text, box.left + place, box.top + box.height + 5);
    } else {
      ctx.moveTo(box.left, box.top + place);
      ctx.lineTo(box.left + box.width, box.top + place);
      ctx.fillText(text, box.left - 6, box.top + place);
    }
    ctx.stroke();
  });
}

/** A line breaks off where it has no value; where only others have a place, it goes on. */
function paintLine(
  ctx: CanvasRenderingContext2D,
  plot: uPlot,
  series: uPlot.Series,
  at: number,
  box: Box
): void {
  const [xs, ys] = [plot.data[0], plot.data[at]];
  ctx.strokeStyle = paintOf(series.stroke, plot, at);
  ctx.globalAlpha = series.alpha ?? 1;
  ctx.lineWidth = series.width ?? 1;
  ctx.lineJoin = 'round';
  ctx.setLineDash(series.dash ?? []);
  ctx.beginPath();
  let isGoing = false;
  xs.forEach((x, place) => {
    const y = ys?.[place];
    if (y === undefined) {
      return;
    }
    if (y === null) {
      isGoing = false;
      return;
    }
    const [left, top] = [box.left + plot.valToPos(x, 'x'), box.top + plot.valToPos(y, 'y')];
    if (isGoing) {
      ctx.lineTo(left, top);
    } else {
      ctx.moveTo(left, top);
    }
    isGoing = true;
  });
  ctx.stroke();
}

/** uPlot keeps a font as a list: scaled to the screen, that size, and the size in the page. */
function fontOf(font: unknown): string {
  const [text, , size] = Array.isArray(font) ? (font as readonly unknown[]) : [font];
  const told = typeof text === 'string' ? text : '11px sans-serif';
  return typeof size === 'number' ? told.replace(/[\d.]+px/, `${size}px`) : told;
}

function paintOf(given: unknown, plot: uPlot, at: number): string {
  const made: unknown =
    typeof given === 'function' ? (given as (plot: uPlot, at: number) => unknown)(plot, at) : given;
  return typeof made === 'string' ? made : '#777';
}
