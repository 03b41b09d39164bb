import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assert, CanceledError } from '@vitess-ts/base';
import { Code, codeName, codeOf, VtError } from '@vitess-ts/vterrors';
import {
  HttpError,
  json,
  readBody,
  type DebugHandler,
  type DebugRequest,
  type DebugResponse,
} from './debug-request';
import type { Logger } from './log';

export interface DebugServerOptions {
  /** Loopback when not given: the pages have no login. */
  host?: string;
  /** 0 lets the system choose. */
  port: number;
  log: Logger;
}

interface Route {
  method: string;
  /** Ends in a slash for a prefix. */
  path: string;
  isPrefix: boolean;
  handler: DebugHandler;
}

/** An HTTP server for pages and JSON about a component. What a handler throws becomes a response, never more. */
export class DebugServer {
  private readonly routes: Route[] = [];
  private server?: Server;

  constructor(private readonly options: DebugServerOptions) {}

  /**
   * Adds a handler; GET also serves HEAD. A path that ends in `/*` takes everything below it; exact paths win, then
   * longer prefixes. Handlers can be added while the server runs.
   */
  route(method: string, path: string, handler: DebugHandler): void {
    assert(path.startsWith('/'), 'a path starts with a slash');
    const isPrefix = path.endsWith('/*');
    const bare = isPrefix ? path.slice(0, -1) : path;
    const taken = this.routes.some((r) => r.method === method && r.path === bare && r.isPrefix === isPrefix);
    assert(!taken, `${method} ${path} has a handler already`);
    this.routes.push({ method, path: bare, isPrefix, handler });
    this.routes.sort((a, b) => Number(a.isPrefix) - Number(b.isPrefix) || b.path.length - a.path.length);
  }

  /** Exact paths that answer to a method, sorted. */
  paths(method: string): string[] {
    return this.routes
      .filter((r) => r.method === method && !r.isPrefix)
      .map((r) => r.path)
      .sort();
  }

  /** Listens; gives the port. Rejects with UNAVAILABLE when the address cannot be bound. */
  async start(): Promise<number> {
    assert(!this.server, 'the debug server has started already');
    const { host = '127.0.0.1', port, log } = this.options;
    const server = createServer(
      { requestTimeout: 60_000, headersTimeout: 10_000, keepAliveTimeout: 5000, maxHeaderSize: 16 * 1024 },
      (message, response) => void this.answer(message, response),
    );
    server.maxConnections = 500;
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(
          new VtError(Code.UNAVAILABLE, `cannot listen for HTTP on ${host}:${port}: ${error.message}`, {
            cause: error,
          }),
        ),
      );
      server.listen(port, host, resolve);
    });
    server.on('error', (error) => log.error('HTTP server', { error }));
    log.info('HTTP server listens', { host, port: this.port });
    return this.port;
  }

  get port(): number {
    const address = this.server?.address() as AddressInfo | null | undefined;
    assert(address, 'the debug server has not started');
    return address.port;
  }

  /** Takes no new connections and ends those that are there. */
  async stop(): Promise<void> {
    const { server } = this;
    if (!server?.listening) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const controller = new AbortController();
    response.once('close', () => controller.abort(new CanceledError('the client closed the connection')));
    // A client that goes away while we write is no error of ours.
    response.on('error', () => controller.abort(new CanceledError('the connection broke')));
    try {
      const result = await this.handle(message, controller.signal);
      await send(response, result, message.method === 'HEAD', controller.signal);
    } catch (error) {
      if (controller.signal.aborted) return;
      const failure = this.describe(error, message.url ?? '');
      if (response.headersSent) response.destroy();
      else await send(response, failure, message.method === 'HEAD', controller.signal);
    }
  }

  private async handle(message: IncomingMessage, signal: AbortSignal): Promise<DebugResponse> {
    const method = message.method === 'HEAD' ? 'GET' : (message.method ?? 'GET');
    const url = parseUrl(message.url ?? '/');
    const matching = this.routes.filter((route) =>
      route.isPrefix ? url.pathname.startsWith(route.path) : url.pathname === route.path,
    );
    const route = matching.find((candidate) => candidate.method === method);
    if (!route) {
      if (matching.length === 0) throw new HttpError(404, `no such page: ${url.pathname}`);
      throw new HttpError(405, `${method} is not possible here`);
    }
    const request: DebugRequest = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: message.headers,
      peer: `${message.socket.remoteAddress}:${message.socket.remotePort}`,
      signal,
      body: () => readBody(message),
    };
    return route.handler(request);
  }

  private describe(error: unknown, url: string): DebugResponse {
    if (error instanceof HttpError) {
      return { ...json({ error: error.message }, error.status), headers: error.headers };
    }
    const code = codeOf(error);
    const text = error instanceof Error ? error.message : String(error);
    const status = httpStatus.get(code) ?? 500;
    if (status === 500) this.options.log.error('error in a page', { url, error });
    return json({ error: text, code: codeName(code) }, status);
  }
}

const httpStatus: ReadonlyMap<Code, number> = new Map<Code, number>([
  [Code.INVALID_ARGUMENT, 400],
  [Code.UNAUTHENTICATED, 401],
  [Code.PERMISSION_DENIED, 403],
  [Code.NOT_FOUND, 404],
  [Code.ALREADY_EXISTS, 409],
  [Code.FAILED_PRECONDITION, 412],
  [Code.RESOURCE_EXHAUSTED, 429],
  [Code.UNIMPLEMENTED, 501],
  [Code.UNAVAILABLE, 503],
  [Code.DEADLINE_EXCEEDED, 504],
]);

function parseUrl(text: string): URL {
  try {
    return new URL(text, 'http://localhost');
  } catch (error) {
    throw new HttpError(400, `not a URL: ${(error as Error).message}`);
  }
}

async function send(
  response: ServerResponse,
  { status = 200, type = 'text/plain; charset=utf-8', headers = {}, body }: DebugResponse,
  headOnly: boolean,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(status, {
    'content-type': type,
    'x-content-type-options': 'nosniff',
    ...(typeof body === 'string' || Buffer.isBuffer(body)
      ? { 'content-length': Buffer.byteLength(body) }
      : {}),
    ...headers,
  });
  if (headOnly) return void response.end();
  if (typeof body === 'string' || Buffer.isBuffer(body)) return void response.end(body);
  for await (const chunk of body) {
    if (signal.aborted) return;
    if (!response.write(chunk)) await drained(response, signal);
  }
  response.end();
}

const drained = (response: ServerResponse, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.on('drain', done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
