/** Requests as messages of a widget: the kernel that made it answers. */
import { ApiError, isErrorAnswer, type Transport } from '../client';
import type { Model } from './model';

interface Answer {
  readonly type: string;
  readonly number: number;
  readonly status: number;
  readonly answer?: unknown;
}

/** A module of ours and its style, as they were built. */
export interface ModuleText {
  readonly esm: string;
  readonly css: string;
}

type Buffers = readonly (DataView | ArrayBuffer)[];

export class MessageTransport implements Transport {
  private readonly waiting = new Map<number, (answer: Answer, buffers: Buffers) => void>();
  /** Views that stand in one widget's place each have a transport, and hear each other's answers. */
  private asked = Math.floor(Math.random() * 2 ** 32) * 2 ** 16;

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

  /** The text of another of our modules, which the kernel has in its files. */
  async module(name: string): Promise<ModuleText> {
    return (await this.send({ type: 'module', name })).answer.answer as ModuleText;
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
    return this.send({ type: 'ask', method, path, body: body ?? null }, signal);
  }

  private send(
    content: Readonly<Record<string, unknown>>,
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
      this.model.send({ ...content, number });
    });
  }
}
