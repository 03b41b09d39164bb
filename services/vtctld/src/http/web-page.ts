import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { HttpError, type DebugRequest, type DebugResponse, type DebugServer } from '@vitess-ts/servenv';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
};

/** The page loads nothing from elsewhere, runs no script that is not its own, and is shown in no other page. */
const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/**
 * Serves the built web page under `/app/`. Every path below it that is no file gets the page itself, which reads the
 * path; `/app` leads there.
 */
export function addWebPage(server: DebugServer, dir: string): void {
  server.route('GET', '/app', () => ({ status: 302, headers: { location: '/app/' }, body: '' }));
  server.route('GET', '/app/*', (request) => serve(dir, request));
}

async function serve(dir: string, request: DebugRequest): Promise<DebugResponse> {
  const path = normalize(decodeURIComponent(request.path.slice('/app/'.length)));
  if (path.startsWith('..') || path.includes('\0')) throw new HttpError(404, 'no such file');
  const type = types[extname(path)];
  const found = type ? await fileOrNone(join(dir, path)) : undefined;
  if (found) return respond(request, found, type, path.startsWith('assets/'));
  if (type && type !== types['.html']) throw new HttpError(404, `no such file: ${path}`);
  const page = await fileOrNone(join(dir, 'index.html'));
  if (!page) throw new HttpError(503, 'the web page is not built: run npm run build');
  return respond(request, page, types['.html'], false);
}

function respond(
  request: DebugRequest,
  body: Buffer,
  type: string,
  /** Names of such files have a hash of what they hold. */
  isImmutable: boolean,
): DebugResponse {
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
  const headers = {
    etag,
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
  };
  if (request.headers['if-none-match'] === etag) return { status: 304, type, headers, body: '' };
  return { type, headers, body };
}

async function fileOrNone(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
