/** Requests as messages of a widget: the kernel that made it answers. */
import { ApiError, isErrorAnswer, type Transport } from '../client';
import type { Model } from './model';

interface Answer {
  readonly type: string;
  readonly number: number;
  readonly status: number;
  readonly answer?: unknown;
}

type Buffers = readonly (DataView | ArrayBuffer)[];

export class MessageTransport implements Transport {
  private readonly waiting = new Map<number, (answer: Answer, buffers: Buffers) => void>();
  private asked = 0;

  constructor(private readonly model: Model) {
    model.on('msg:custom', (answer: Answer, buffers: Buffers) => {
      const take = answer.type === 'answer' ? this.waiting.get(answer.number) : undefined;
      this.waiting.delete(answer.number);
      take?.(answer, buffers);
    });
  }

  async json(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    return (await this.ask(method, path, body, signal)).answer.answer;
  }

  async blob(path: string, signal?: AbortSignal): Promise<Blob> {
    const { buffers } = await this.ask('GET', path, undefined, signal);
    const [data] = buffers;
    return new Blob(data === undefined ? [] : [data as BlobPart]);
  }

  /** Changes are not pushed this way. */
  stream(): Promise<ReadableStream<Uint8Array>> {
    return new Promise(() => undefined);
  }

  private ask(
    method: string,
    path: string,
    body: unknown,
    signal?: AbortSignal
  ): Promise<{ answer: Answer; buffers: Buffers }> {
    const number = ++this.asked;
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(number);
        reject(new DOMException('Nobody waits for it any more.', 'AbortError'));
      };
      if (signal?.aborted) {
        leave();
        return;
      }
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.set(number, (answer, buffers) => {
        signal?.removeEventListener('abort', leave);
        if (answer.status === 200) {
          resolve({ answer, buffers });
        } else {
          const told = answer.answer;
          reject(
            isErrorAnswer(told)
              ? new ApiError(answer.status, told)
              : new Error(`The kernel answered ${answer.status}.`)
          );
        }
      });
      this.model.send({ type: 'ask', number, method, path, body: body ?? null });
    });
  }
}
