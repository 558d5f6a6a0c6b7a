/** The charts of a comparison as one picture: what is seen, with its legend, twice as sharp. */

const SCALE = 2;
const [WIDTH, GAP, EDGE] = [1200, 24, 32];
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
  'paint-order'
] as const;

interface Part {
  readonly title: string;
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
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

  const placed = place(parts);
  const columns = 3;
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
    ctx.fillText(each.name, x + 44, y, (WIDTH - 2 * EDGE) / columns - 56);
  });
  for (const { part, x, y } of placed.parts) {
    ctx.fillStyle = style.color;
    ctx.font = `600 13px ${font}`;
    ctx.fillText(part.title, x, top + y);
    ctx.drawImage(part.image, x, top + y + 20, part.width, part.height);
  }
  return new Promise((done, fail) =>
    canvas.toBlob(
      blob => (blob ? done(blob) : fail(new Error('This browser made no picture.'))),
      'image/png'
    )
  );
}

/** Parts in rows that fill the width. */
function place(parts: readonly Part[]): {
  height: number;
  parts: { part: Part; x: number; y: number }[];
} {
  const placed: { part: Part; x: number; y: number }[] = [];
  let [x, y, row] = [EDGE, 0, 0];
  for (const given of parts) {
    const shrink = Math.min(1, (WIDTH - 2 * EDGE) / given.width);
    const part = { ...given, width: given.width * shrink, height: given.height * shrink };
    if (x > EDGE && x + part.width > WIDTH - EDGE) {
      [x, y, row] = [EDGE, y + row + GAP, 0];
    }
    placed.push({ part, x, y });
    x += part.width + GAP;
    row = Math.max(row, part.height + 20);
  }
  return { height: y + row, parts: placed };
}

function chartsOf(view: HTMLElement): Part[] {
  return [...view.querySelectorAll<HTMLElement>('.nbm-chart')].flatMap(chart => {
    const canvas = chart.querySelector('canvas');
    const title = chart.querySelector('.nbm-chart-title')?.textContent ?? '';
    const { width, height } = canvas?.getBoundingClientRect() ?? { width: 0, height: 0 };
    return canvas && width > 0 ? [{ title, image: canvas, width, height }] : [];
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
    const text = new XMLSerializer().serializeToString(copy);
    const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
    try {
      const image = new Image();
      image.src = address;
      await image.decode();
      parts.push({ title: svg.getAttribute('aria-label') ?? '', image, width, height });
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
