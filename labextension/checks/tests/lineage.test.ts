import { expect, test } from 'vitest';
import { FEW, graphOf, isAlone, layOut, litWith, pathOf, ROW, SELF } from '../../src/lineage';
import type { Lineage, Link, LinkedRun, Thing } from '../../src/routes';

const run = (name: string): LinkedRun => ({
  id: `id-${name}`,
  name,
  experiment: 'loans',
  kind: 'cell',
  status: 'succeeded',
  started_at: null,
  is_deleted: false
});

const link = (name: string, told_by: Link['told_by'] = 'content'): Link => ({
  run: run(name),
  name,
  told_by,
  run_count: 1
});

const thing = (name: string, more: Partial<Thing> = {}): Thing => ({
  name,
  kind: 'data',
  role: 'train',
  type_name: 'pandas.DataFrame',
  shape: [450, 5],
  digest: `digest of ${name}`,
  source: null,
  trained_on: null,
  links: [],
  ...more
});

const lineage = (more: Partial<Lineage>): Lineage => ({
  run: run('train'),
  parent: null,
  children: [],
  child_count: 0,
  inputs: [],
  outputs: [],
  more_count: 0,
  partial: false,
  ...more
});

const fit = lineage({
  inputs: [thing('X', { links: [link('split')] }), thing('y', { links: [link('split', 'name')] })],
  outputs: [
    thing('model', { kind: 'model', trained_on: 'X', links: [link('score', 'name')] }),
    thing('scores')
  ]
});

test('a run that made two things of one is drawn once', () => {
  const graph = graphOf(fit);
  const makers = graph.nodes.filter(node => node.column === 0);
  expect(makers.map(node => node.key)).toEqual(['maker:id-split']);
  expect(makers[0]?.is === 'run' ? makers[0].links.length : 0).toBe(2);
  expect(graph.edges.filter(edge => edge.from === 'maker:id-split')).toEqual([
    { from: 'maker:id-split', to: 'in:0', toldBy: 'content', isTree: false },
    { from: 'maker:id-split', to: 'in:1', toldBy: 'name', isTree: false }
  ]);
});

test('a file stands for whoever made it only where nobody is known', () => {
  const graph = graphOf(
    lineage({
      inputs: [
        thing('a', { source: 'data/a.csv' }),
        thing('b', { source: 'data/a.csv' }),
        thing('c', { source: 'data/c.csv', links: [link('prepare', 'file')] }),
        thing('d.csv', { kind: 'file', source: 'd.csv' })
      ]
    })
  );
  expect(graph.nodes.filter(node => node.column === 0).map(node => node.key)).toEqual([
    'file:data/a.csv',
    'maker:id-prepare'
  ]);
});

test('what nobody recorded is said to be unknown, once, and only of cells', () => {
  const inputs = [thing('a'), thing('b'), thing('c', { source: 'c.csv' })];
  const unknown = graphOf(lineage({ inputs })).edges.filter(edge => edge.from === 'unknown');
  expect(unknown.map(edge => edge.to)).toEqual(['in:0', 'in:1']);
  const script = { ...run('script'), kind: 'script' };
  expect(graphOf(lineage({ run: script, inputs })).nodes.map(node => node.key)).not.toContain(
    'unknown'
  );
});

test('much is left out until it is asked for, and is counted', () => {
  const inputs = Array.from({ length: 20 }, (_, at) =>
    thing(`x${at}`, { links: [link(`m${at}`)] })
  );
  const children = Array.from({ length: 9 }, (_, at) => run(`child ${at}`));
  const few = graphOf(lineage({ inputs, children }));
  expect(few.nodes.filter(node => node.column === 1)).toHaveLength(FEW);
  expect(few.nodes.filter(node => node.column === 0)).toHaveLength(FEW);
  expect(few.leftOut).toBe(20 - FEW + 9 - 3);
  const all = graphOf(lineage({ inputs, children }), 1000);
  expect(all.leftOut).toBe(0);
  expect(all.nodes).toHaveLength(20 + 20 + 9 + 1);
});

test('what belongs to a node lights up with it, for a model what it learned from', () => {
  const graph = graphOf(fit);
  expect([...litWith(graph, 'out:0')].sort()).toEqual(['in:0', 'out:0', SELF, 'user:id-score']);
  expect([...litWith(graph, 'in:1')].sort()).toEqual(['in:1', 'maker:id-split', SELF]);
  expect(litWith(graph, 'maker:id-split').has(SELF)).toBe(true);
});

test.each([220, 500, 900, 2000])('at %d pixels no two boxes meet', width => {
  const graph = graphOf(
    lineage({ ...fit, parent: run('notebook'), children: [run('a'), run('b')] })
  );
  const layout = layOut(graph, width);
  const boxes = [...layout.boxes.values()];
  expect(boxes).toHaveLength(graph.nodes.length);
  for (const [at, one] of boxes.entries()) {
    expect(one.x).toBeGreaterThanOrEqual(0);
    expect(one.x + one.width).toBeLessThanOrEqual(layout.width);
    expect(one.y).toBeGreaterThanOrEqual(0);
    expect(one.y + ROW).toBeLessThanOrEqual(layout.height);
    for (const other of boxes.slice(at + 1)) {
      const apart =
        one.x + one.width <= other.x ||
        other.x + other.width <= one.x ||
        one.y + ROW <= other.y ||
        other.y + ROW <= one.y;
      expect(apart).toBe(true);
    }
  }
  if (width >= 900) {
    expect(layout.width).toBeLessThanOrEqual(width);
  }
  for (const edge of graph.edges) {
    expect(pathOf(edge, layout)).toMatch(/^M[\d.]+ [\d.]+[CV]/);
  }
});

test('an end of the graph stands in the order of what it is connected with', () => {
  const outputs = [
    thing('a', { links: [link('late')] }),
    thing('b', { links: [link('early'), link('late')] }),
    thing('c', { links: [link('early')] })
  ];
  const graph = graphOf(lineage({ outputs }));
  const layout = layOut(graph, 900);
  const y = (key: string) => layout.boxes.get(key)?.y ?? NaN;
  expect(y('user:id-late')).toBeLessThan(y('user:id-early'));
});

test('a run with nothing around it has no graph', () => {
  expect(isAlone(lineage({}))).toBe(true);
  expect(isAlone(lineage({ parent: run('p') }))).toBe(false);
  expect(isAlone(fit)).toBe(false);
});
