/** Requests by JupyterLab's own connection: its base address, token and XSRF. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { ApiError, isErrorAnswer, MissingServerError, type Transport } from '../client';
import { PREFIX } from '../routes';

/** The server gives up after a minute; who has said nothing until then is gone, as the other end of
 * a connection is when a laptop wakes up. */
const SILENCE_MS = 75_000;

export class LabTransport implements Transport {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  async json(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const response = await this.answered(path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      ...(signal ? { signal } : {})
    });
    return response.json();
  }

  async blob(path: string, signal?: AbortSignal): Promise<Blob> {
    return (await this.answered(path, signal ? { signal } : {})).blob();
  }

  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.ask(path, { signal, headers: { Accept: 'text/event-stream' } });
    if (response.body === null) {
      throw new Error('The server pushed nothing.');
    }
    return response.body;
  }

  /** An answer in time; what only reads is asked for once more, over another connection. */
  private async answered(path: string, init: RequestInit): Promise<Response> {
    const isReading = (init.method ?? 'GET') === 'GET';
    for (let tries = isReading ? 2 : 1; ; tries--) {
      const limit = new AbortController();
      const stop = () => limit.abort();
      const timer = setTimeout(stop, SILENCE_MS);
      init.signal?.addEventListener('abort', stop);
      try {
        return await this.ask(path, { ...init, signal: limit.signal });
      } catch (error) {
        if (!limit.signal.aborted || init.signal?.aborted || tries <= 1) {
          throw error;
        }
      } finally {
        clearTimeout(timer);
      }
    }
  }

  private async ask(path: string, init: RequestInit): Promise<Response> {
    const url = `${URLExt.join(this.settings.baseUrl, PREFIX)}/${path}`;
    // What is not `no-store` gets no number added to its query, and an answer that is the same
    // travels once.
    const asked: RequestInit = { cache: 'no-cache', ...init };
    const response = await ServerConnection.makeRequest(url, asked, this.settings);
    if (response.ok) {
      return response;
    }
    const text = await response.text();
    let answer: unknown = null;
    try {
      answer = JSON.parse(text);
    } catch {
      // A page of the server, or of what stands between.
    }
    if (isErrorAnswer(answer)) {
      throw new ApiError(response.status, answer);
    }
    if (response.status === 404) {
      throw new MissingServerError();
    }
    throw new ServerConnection.ResponseError(response);
  }
}
