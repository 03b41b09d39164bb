import type { MetricsRegistry } from '@vitess-ts/telemetry';
import { escapeHtml, html, json, type DebugHandler } from './debug-request';
import type { DebugServer } from './debug-server';
import type { OptionReport } from './options';

export interface HealthReport {
  ok: boolean;
  /** Why it is not; shown with 503. */
  reason?: string;
}

/** A part of the status page: a heading and rows of name and value, plain text. */
export interface StatusSection {
  title: string;
  rows: readonly (readonly [name: string, value: string])[];
}

export interface DebugPagesOptions {
  component: string;
  version: string;
  registries: readonly MetricsRegistry[];
  health(): HealthReport;
  status?(): StatusSection[];
  /** What `/debug/env` lists. */
  report?: readonly OptionReport[];
}

/** Adds the pages that every component has: health, liveness, vars, metrics, status and env. */
export function addDebugPages(server: DebugServer, options: DebugPagesOptions): void {
  const health: DebugHandler = () => {
    const { ok, reason = 'not serving' } = options.health();
    return ok ? { body: 'ok' } : { status: 503, body: reason };
  };
  server.route('GET', '/debug/health', health);
  server.route('GET', '/healthz', health);
  server.route('GET', '/debug/liveness', () => ({ body: 'ok' }));
  server.route('GET', '/debug/vars', () => {
    const vars = options.registries.map((registry) => registry.toVars());
    return json(Object.assign({ BuildVersion: options.version }, ...vars));
  });
  server.route('GET', '/metrics', () => ({
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: options.registries.map((registry) => registry.toPrometheus()).join(''),
  }));
  server.route('GET', '/debug/env', ({ query }) =>
    query.get('format') === 'json'
      ? json(options.report ?? [])
      : html(page(`${options.component}: options`, [envTable(options.report ?? [])])),
  );
  const status: DebugHandler = () => html(statusPage(server, options));
  server.route('GET', '/debug/status', status);
  server.route('GET', '/', status);
}

function statusPage(server: DebugServer, options: DebugPagesOptions): string {
  const { ok, reason = 'not serving' } = options.health();
  const seconds = Math.round(process.uptime());
  const first: StatusSection = {
    title: 'Process',
    rows: [
      ['Version', options.version],
      ['Health', ok ? 'ok' : reason],
      ['Process id', String(process.pid)],
      [
        'Up for',
        `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min ${seconds % 60} s`,
      ],
      ['Node.js', process.version],
    ],
  };
  const sections = [first, ...(options.status?.() ?? [])].map(
    ({ title, rows }) => `<h2>${escapeHtml(title)}</h2>${table(rows)}`,
  );
  const links = server
    .paths('GET')
    .map((path) => `<li><a href="${escapeHtml(path)}">${escapeHtml(path)}</a></li>`)
    .join('');
  return page(options.component, [...sections, `<h2>Pages</h2><ul>${links}</ul>`]);
}

const envTable = (report: readonly OptionReport[]): string =>
  table(report.map(({ flag, value, source }) => [`--${flag}`, `${value} (${source})`] as const));

function table(rows: StatusSection['rows']): string {
  const body = rows.map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table>${body.join('')}</table>`;
}

function page(title: string, parts: readonly string[]): string {
  const style =
    'body{font-family:sans-serif;margin:2em}th{text-align:left;padding-right:2em;font-weight:normal;color:#555}';
  const head = `<meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body><h1>${escapeHtml(title)}</h1>${parts.join('')}</body></html>\n`;
}
