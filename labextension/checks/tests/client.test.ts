import { describe, expect, test } from 'vitest';
import {
  address,
  ApiError,
  Client,
  columnList,
  isErrorAnswer,
  type Transport
} from '../../src/client';

function recorder(answer: unknown): { transport: Transport; asked: string[] } {
  const asked: string[] = [];
  const transport: Transport = {
    json: (method, path) => {
      asked.push(`${method} ${path}`);
      return Promise.resolve(answer);
    },
    blob: path => {
      asked.push(path);
      return Promise.resolve(new Blob());
    },
    stream: () => Promise.reject(new Error('not here'))
  };
  return { transport, asked };
}

describe('the client', () => {
  test('says where to look, and leaves out what is not said', async () => {
    const { transport, asked } = recorder({});
    const client = new Client(transport, { workspace: 'w' });

    await client.runs({ columns: ['name', 'metrics.a,b'], experiment: '', offset: 0, limit: 2 });

    const [, query = ''] = (asked[0] ?? '').split('?');
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
      columns: 'name,`metrics.a,b`',
      offset: '0',
      limit: '2',
      workspace: 'w'
    });
  });

  test('puts names of any kind into paths', async () => {
    const { transport, asked } = recorder({});

    await new Client(transport).artifact('01A', '../a b?.png');

    expect(asked).toEqual(['runs/01A/artifacts/..%2Fa%20b%3F.png']);
  });

  test('repeats a name for a list', () => {
    expect(address('p', { name: ['a', 'b'], x: undefined, y: null })).toBe('p?name=a&name=b');
    expect(columnList(['a', 'metrics.`x`'])).toBe('a,`metrics.``x```');
  });

  test('knows the one shape of errors, and where in a filter the error is', () => {
    const answer = {
      error: { type: 'E', kind: 'K', message: 'm', hint: 'h', details: { position: 3 } }
    };
    expect(isErrorAnswer(answer)).toBe(true);
    expect(isErrorAnswer({ message: 'Not Found' })).toBe(false);
    expect(isErrorAnswer(null)).toBe(false);
    expect(new ApiError(422, answer).position).toBe(3);
  });
});
