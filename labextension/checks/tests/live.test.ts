import { expect, test } from 'vitest';
import { parse } from '../../src/live';

const EVENT = 'event: changed\ndata: {"sequence": 4, "running": 1}\n\n';

test('an event is taken when it is complete, however it is cut', () => {
  for (let cut = 0; cut <= EVENT.length; cut++) {
    const first = parse(EVENT.slice(0, cut));
    const second = parse(first.rest + EVENT.slice(cut));
    expect([...first.events, ...second.events]).toEqual([{ sequence: 4, running: 1 }]);
    expect(second.rest).toBe('');
  }
});

test('signs of life, other events and broken ones tell nothing', () => {
  const text = `: still here\n\nevent: other\ndata: {}\n\nevent: changed\ndata: {\n\n${EVENT}`;
  expect(parse(text.replaceAll('\n', '\r\n')).events).toEqual([{ sequence: 4, running: 1 }]);
});
