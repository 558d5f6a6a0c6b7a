/** A run's lineage as a small graph: what stands in which column, and where; nothing is drawn. */
import type { Lineage, Link, LinkedRun, Thing } from './routes';

/** Where it came from, what went in, the run among its own, what came out, and who used that. */
export type Column = 0 | 1 | 2 | 3 | 4;

export type ToldBy = Link['told_by'];

interface Placed {
  readonly key: string;
  readonly column: Column;
}

export interface RunNode extends Placed {
  readonly is: 'run';
  readonly run: LinkedRun;
  /** What it is to the run in the middle. */
  readonly as: 'self' | 'parent' | 'child' | 'maker' | 'user';
  readonly links: readonly { readonly thing: Thing; readonly link: Link }[];
}

export interface ThingNode extends Placed {
  readonly is: 'thing';
  readonly thing: Thing;
}

/** A file that data was read from and of which no run is known to have made it. */
export interface FileNode extends Placed {
  readonly is: 'file';
  readonly path: string;
}

/** Where that came from of which nobody recorded it: mostly a cell that was not tracked. */
export interface UnknownNode extends Placed {
  readonly is: 'unknown';
}

export type Node = RunNode | ThingNode | FileNode | UnknownNode;

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** What tells so; null where the run itself recorded it. */
  readonly toldBy: ToldBy | null;
  readonly isTree: boolean;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  /** How many things and runs are left out. */
  readonly leftOut: number;
}

export const SELF = 'self';
const UNKNOWN = 'unknown';
export const FEW = 6;
const FEW_CHILDREN = 3;

/** Nodes and edges of a lineage, with at most `most` things on each side. */
export function graphOf(lineage: Lineage, most = FEW): Graph {
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  const inputs = lineage.inputs.slice(0, most);
  const outputs = lineage.outputs.slice(0, most);
  const children = lineage.children.slice(0, most > FEW ? most : FEW_CHILDREN);
  const add = (from: string, to: string, toldBy: ToldBy | null, isTree = false) =>
    edges.push({ from, to, toldBy, isTree });
  const addRun = (as: 'maker' | 'user', thing: Thing, link: Link): string => {
    const key = `${as}:${link.run.id}`;
    const known = nodes.get(key);
    const links = [...(known?.is === 'run' ? known.links : []), { thing, link }];
    nodes.set(key, { is: 'run', key, column: as === 'maker' ? 0 : 4, run: link.run, as, links });
    return key;
  };

  if (lineage.parent !== null) {
    const key = 'parent';
    nodes.set(key, { is: 'run', key, column: 2, run: lineage.parent, as: 'parent', links: [] });
    add(key, SELF, null, true);
  }
  nodes.set(SELF, { is: 'run', key: SELF, column: 2, run: lineage.run, as: 'self', links: [] });
  for (const child of children) {
    const key = `child:${child.id}`;
    nodes.set(key, { is: 'run', key, column: 2, run: child, as: 'child', links: [] });
    add(SELF, key, null, true);
  }
  inputs.forEach((thing, at) => {
    const key = `in:${at}`;
    nodes.set(key, { is: 'thing', key, column: 1, thing });
    add(key, SELF, null);
    for (const link of thing.links) {
      add(addRun('maker', thing, link), key, link.told_by);
    }
    if (thing.links.length === 0 && thing.source && thing.kind !== 'file') {
      const file = `file:${thing.source}`;
      nodes.set(file, { is: 'file', key: file, column: 0, path: thing.source });
      add(file, key, null);
    }
    if (thing.links.length === 0 && !thing.source && lineage.run.kind === 'cell') {
      nodes.set(UNKNOWN, { is: 'unknown', key: UNKNOWN, column: 0 });
      add(UNKNOWN, key, null);
    }
  });
  outputs.forEach((thing, at) => {
    const key = `out:${at}`;
    nodes.set(key, { is: 'thing', key, column: 3, thing });
    add(SELF, key, null);
    for (const link of thing.links) {
      add(key, addRun('user', thing, link), link.told_by);
    }
  });
  const whole = lineage.inputs.length + lineage.outputs.length + lineage.children.length;
  return {
    nodes: [...nodes.values()],
    edges,
    leftOut: whole - inputs.length - outputs.length - children.length
  };
}

/** True where there is nothing to draw but the run itself. */
export function isAlone(lineage: Lineage): boolean {
  return (
    lineage.parent === null &&
    lineage.children.length + lineage.inputs.length + lineage.outputs.length === 0
  );
}

/** What lights up with a node: its neighbours, and for a model the data that it learned from. */
export function litWith(graph: Graph, key: string): ReadonlySet<string> {
  const lit = new Set([key]);
  for (const edge of graph.edges) {
    if (edge.from === key || edge.to === key) {
      lit.add(edge.from).add(edge.to);
    }
  }
  lit.add(SELF); // the run in the middle is what all of it is about
  const node = graph.nodes.find(each => each.key === key);
  const trained = node?.is === 'thing' ? node.thing.trained_on : null;
  for (const each of graph.nodes) {
    if (trained && each.is === 'thing' && each.column === 1 && each.thing.name === trained) {
      lit.add(each.key);
    }
  }
  return lit;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Layout {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly width: number;
  readonly height: number;
}

export const ROW = 42;
const GAP = 10;
const INDENT = 18;
const NARROWEST = 112;
const WIDEST = 210;

/** Where each node stands: columns that are in use share the width, each centred in the height. */
export function layOut(graph: Graph, width: number): Layout {
  const used = ([0, 1, 2, 3, 4] as const).filter(column =>
    graph.nodes.some(node => node.column === column)
  );
  const between = width / used.length > 170 ? 44 : 30;
  const room = (width - between * (used.length - 1)) / used.length;
  const each = Math.floor(Math.min(WIDEST, Math.max(NARROWEST, room)));
  const columns = used.map(column => graph.nodes.filter(node => node.column === column));
  const heightOf = (count: number) => count * (ROW + GAP) - GAP;
  const height = Math.max(...columns.map(nodes => heightOf(nodes.length)));
  const boxes = new Map<string, Box>();
  const middles = new Map<string, number>();
  columns.forEach((nodes, at) => {
    const x = at * (each + between);
    // The ends of the graph stand in the order of what they are connected with.
    const isEnd = used[at] === 0 || used[at] === 4;
    const ordered = isEnd && at > 0 ? byNeighbours(nodes, graph, middles) : nodes;
    const first = (height - heightOf(nodes.length)) / 2;
    ordered.forEach((node, row) => {
      const indent = node.is === 'run' && node.as === 'child' ? INDENT : 0;
      const y = Math.round(first + row * (ROW + GAP));
      boxes.set(node.key, { x: x + indent, y, width: each - indent });
      middles.set(node.key, y + ROW / 2);
    });
  });
  return { boxes, width: used.length * each + between * (used.length - 1), height };
}

function byNeighbours(
  nodes: readonly Node[],
  graph: Graph,
  middles: ReadonlyMap<string, number>
): readonly Node[] {
  const place = (node: Node) => {
    const found = graph.edges
      .filter(edge => edge.to === node.key)
      .map(edge => middles.get(edge.from) ?? 0);
    return found.reduce((sum, each) => sum + each, 0) / Math.max(found.length, 1);
  };
  return [...nodes].sort((a, b) => place(a) - place(b));
}

/** The way of an edge as a path of SVG: a curve between columns, an elbow within the middle one. */
export function pathOf(edge: Edge, layout: Layout): string {
  const from = layout.boxes.get(edge.from);
  const to = layout.boxes.get(edge.to);
  if (from === undefined || to === undefined) {
    return '';
  }
  if (edge.isTree) {
    const isBelow = to.x > from.x;
    const x = from.x + INDENT / 2;
    return isBelow
      ? `M${x} ${from.y + ROW}V${to.y + ROW / 2}H${to.x}`
      : `M${x} ${from.y + ROW}V${to.y}`;
  }
  const [x1, y1] = [from.x + from.width, from.y + ROW / 2];
  const [x2, y2] = [to.x, to.y + ROW / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
