import { expect, test } from 'vitest';
import * as columns from '../../src/columns';

test('a remembered choice of columns is taken only where it is one', () => {
  const choice = { columns: [{ key: 'name', width: 100 }], pinned: 1, sort: 'metrics.auc desc' };
  expect(columns.readChoice(choice)).toEqual(choice);
  const grouped = { ...choice, group: 'notebook' as const };
  expect(columns.readChoice(grouped)).toEqual(grouped);
  expect(columns.readChoice({ ...choice, group: 'moon' })).toEqual(choice);
  for (const odd of [null, 1, [], {}, { columns: [] }, { columns: [{ key: 1 }] }]) {
    expect(columns.readChoice(odd)).toBeNull();
  }
});

test('a sort is read back as the column that it was made from', () => {
  expect(columns.sortOf('metrics.auc desc')).toEqual({ key: 'metrics.auc', descending: true });
  expect(columns.sortOf('metrics.`odd desc` asc')).toEqual({
    key: 'metrics.odd desc',
    descending: false
  });
});

test('the panel shows a name and a metric in full beside a scrollbar', () => {
  const fields = { attributes: [], metrics: ['auc'], params: [], tags: [] };
  const { columns: shown } = columns.usual(fields, true, '');
  expect(shown.slice(0, 2).map(each => each.key)).toEqual(['name', 'metrics.auc']);
  const [boxes, scrollbar] = [28, 16];
  const wide = shown.slice(0, 2).reduce((sum, each) => sum + each.width, boxes + scrollbar);
  expect(wide).toBeLessThanOrEqual(250);
});
