/** The charts of a comparison as one picture: what is seen, with its legend, twice as sharp. */
import { paint } from '../../components/plotted';

const SCALE = 2;
const [WIDTH, GAP, EDGE, TITLE] = [1200, 24, 32, 20];
const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'fill-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'paint-order',
  'stroke-linejoin'
] as const;

/** So much larger than in the page a part may become, to fill a row. */
const MOST_GROWN = 1.5;

interface Part {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Draws it from the corner of the context on, in the pixels of the page. */
  readonly draw: (ctx: CanvasRenderingContext2D) => void;
}

export async function pictureOf(view: HTMLElement, title: string): Promise<Blob> {
  const parts = [...chartsOf(view), ...(await drawingsOf(view))];
  const style = getComputedStyle(view);
  const ground = groundOf(view);
  const font = style.fontFamily;
  const names = [...view.querySelectorAll<HTMLElement>('.nbm-compare-run')].map(run => ({
    letter: run.querySelector('.nbm-mark-letter')?.textContent ?? '',
    name: run.querySelector('.nbm-compare-run-name')?.textContent ?? '',
    color: getComputedStyle(run.querySelector('line') ?? run).stroke
  }));

  const scale = [...view.querySelectorAll('.nbm-ranks > span')].map(each => ({
    text: each.textContent,
    colors: [...each.children].map(part => getComputedStyle(part).backgroundColor)
  }));

  const placed = place(parts);
  const columns = names.length > 24 ? 4 : 3;
  const legend = Math.ceil(names.length / columns) * 20;
  const top = EDGE + 34 + legend + GAP;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH * SCALE;
  canvas.height = (top + placed.height + EDGE) * SCALE;
  const ctx = canvas.getContext('2d');
  if (ctx === null) {
    throw new Error('This browser draws no picture.');
  }
  ctx.scale(SCALE, SCALE);
  ctx.fillStyle = ground;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.textBaseline = 'top';
  ctx.fillStyle = style.color;
  ctx.font = `600 20px ${font}`;
  ctx.fillText(title, EDGE, EDGE);
  names.forEach((each, at) => {
    const rows = Math.ceil(names.length / columns);
    const x = EDGE + Math.floor(at / rows) * ((WIDTH - 2 * EDGE) / columns);
    const y = EDGE + 40 + (at % rows) * 20;
    ctx.fillStyle = each.color;
    ctx.fillRect(x, y + 5, 16, 3);
    ctx.font = `bold 12px ${font}`;
    ctx.fillText(each.letter, x + 22, y);
    ctx.fillStyle = style.color;
    ctx.font = `12px ${font}`;
    ctx.fillText(each.name, x + 50, y, (WIDTH - 2 * EDGE) / columns - 62);
  });
  paintScale(ctx, scale, style.color, font);
  for (const { part, x, y, grown } of placed.parts) {
    ctx.save();
    ctx.translate(x, top + y);
    ctx.scale(grown, grown);
    ctx.fillStyle = style.color;
    ctx.font = `600 12px ${font}`;
    ctx.fillText(part.title, 0, 0);
    ctx.translate(0, TITLE);
    part.draw(ctx);
    ctx.restore();
  }
  return new Promise((done, fail) =>
    canvas.toBlob(
      blob => (blob ? done(blob) : fail(new Error('This browser made no picture.'))),
      'image/png'
    )
  );
}

/** In the upper right corner by what a crowd is colored: a name, a word, colors, a word. */
function paintScale(
  ctx: CanvasRenderingContext2D,
  scale: readonly { readonly text: string; readonly colors: readonly string[] }[],
  ink: string,
  font: string
): void {
  let x = WIDTH - EDGE;
  for (const [at, part] of [...scale.entries()].reverse()) {
    ctx.font = `${at === 0 ? '600 ' : ''}12px ${font}`;
    x -= part.colors.length > 0 ? part.colors.length * 12 : ctx.measureText(part.text).width;
    part.colors.forEach((color, which) => {
      ctx.fillStyle = color;
      ctx.fillRect(x + which * 12, EDGE + 7, 12, 9);
    });
    if (part.colors.length === 0) {
      ctx.fillStyle = ink;
      ctx.fillText(part.text, x, EDGE + 5);
    }
    x -= 8;
  }
}

interface Placed {
  readonly part: Part;
  readonly x: number;
  readonly y: number;
  readonly grown: number;
}

/** Parts in rows that fill the width. */
function place(parts: readonly Part[]): { height: number; parts: Placed[] } {
  const room = WIDTH - 2 * EDGE;
  const placed: Placed[] = [];
  let y = 0;
  for (let at = 0; at < parts.length;) {
    const row: Part[] = [];
    let width = -GAP;
    for (let part = parts[at]; part !== undefined; part = parts[at]) {
      if (row.length > 0 && width + GAP + part.width > room) {
        break;
      }
      row.push(part);
      width += GAP + part.width;
      at += 1;
    }
    const gaps = GAP * (row.length - 1);
    const grown = Math.min(MOST_GROWN, (room - gaps) / (width - gaps));
    let x = EDGE;
    for (const part of row) {
      placed.push({ part, x, y, grown });
      x += part.width * grown + GAP;
    }
    y += Math.max(...row.map(part => part.height + TITLE)) * grown + GAP;
  }
  return { height: Math.max(y - GAP, 0), parts: placed };
}

function chartsOf(view: HTMLElement): Part[] {
  return [...view.querySelectorAll<HTMLElement>('.nbm-chart')].flatMap(chart => {
    const frame = chart.querySelector('.nbm-chart-frame');
    const title = chart.querySelector('.nbm-chart-title')?.textContent ?? '';
    const { width, height } = frame?.getBoundingClientRect() ?? { width: 0, height: 0 };
    return frame && width > 0
      ? [{ title, width, height, draw: (ctx: CanvasRenderingContext2D) => void paint(frame, ctx) }]
      : [];
  });
}

async function drawingsOf(view: HTMLElement): Promise<Part[]> {
  const parts: Part[] = [];
  for (const svg of view.querySelectorAll<SVGSVGElement>(
    '.nbm-parallel > svg, .nbm-scatter > svg'
  )) {
    const { width, height } = svg.getBoundingClientRect();
    const copy = svg.cloneNode(true) as SVGSVGElement;
    const [from, to] = [svg.querySelectorAll('*'), copy.querySelectorAll<SVGElement>('*')];
    from.forEach((element, at) => {
      const style = getComputedStyle(element);
      STYLES.forEach(name => to[at]?.style.setProperty(name, style.getPropertyValue(name)));
    });
    copy.querySelectorAll('.nbm-axis-grip').forEach(each => each.remove());
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
    // Its own size is that of the picture, so that no browser draws it small and blows it up.
    copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
    copy.setAttribute('width', String(width * SCALE * MOST_GROWN));
    copy.setAttribute('height', String(height * SCALE * MOST_GROWN));
    const text = new XMLSerializer().serializeToString(copy);
    const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
    try {
      const image = new Image();
      image.src = address;
      await image.decode();
      const draw = (ctx: CanvasRenderingContext2D) => ctx.drawImage(image, 0, 0, width, height);
      parts.push({ title: svg.getAttribute('aria-label') ?? '', width, height, draw });
    } finally {
      URL.revokeObjectURL(address);
    }
  }
  return parts;
}

/** The first ground behind an element that is not transparent. */
function groundOf(element: HTMLElement): string {
  for (let at: HTMLElement | null = element; at !== null; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (color && color !== 'transparent' && !/, 0\)$/.test(color)) {
      return color;
    }
  }
  return '#ffffff';
}
