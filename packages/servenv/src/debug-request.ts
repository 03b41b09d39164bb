import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Largest request body. */
const maxBodyBytes = 1024 * 1024;

export interface DebugRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** `host:port` of the client. */
  readonly peer: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** The body; rejects with HttpError 413 over 1 MiB. */
  body(): Promise<Buffer>;
}

export interface DebugResponse {
  /** 200 when not given. */
  status?: number;
  /** Content type; plain text when not given. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
  body: string | Buffer | AsyncIterable<string | Buffer>;
}

export type DebugHandler = (request: DebugRequest) => DebugResponse | Promise<DebugResponse>;

/** An error with a status of its own: the client's mistake. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const json = (value: unknown, status = 200): DebugResponse => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item), 2)}\n`,
});

export const html = (body: string, status = 200): DebugResponse => ({
  status,
  type: 'text/html; charset=utf-8',
  body,
});

/** Text for HTML content and for attribute values in double quotes. */
export const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += (chunk as Buffer).length;
    if (size > maxBodyBytes) throw new HttpError(413, `the body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
