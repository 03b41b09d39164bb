import type { CallContext, Logger } from '@vitess-ts/servenv';
import type { AuditTrail } from './audit-trail';
import type { VtctldHandlers } from './context';

/** Calls that only look. Every other one leaves a line in the log: who asked for what, and how it ended. */
const harmless = /^(get|find|validate|ping|runHealthCheck)/;

const longestRequest = 4_000;

type AnyHandler = (request: unknown, context: CallContext) => Promise<unknown>;

/** The same handlers; each call that changes something is noted with its caller, request, outcome and duration. */
export function withAuditLog(
  handlers: VtctldHandlers,
  log: Logger,
  trail: AuditTrail | undefined,
): VtctldHandlers {
  const audited: Record<string, unknown> = {};
  for (const [name, handler] of Object.entries(handlers)) {
    audited[name] = harmless.test(name)
      ? handler
      : auditedHandler(name, handler as unknown as AnyHandler, log, trail);
  }
  return audited as VtctldHandlers;
}

function auditedHandler(
  rpc: string,
  handler: AnyHandler,
  log: Logger,
  trail: AuditTrail | undefined,
): AnyHandler {
  return async (request, context) => {
    const startedMs = performance.now();
    const time = new Date().toISOString();
    const line = { rpc, caller: context.peer, request: describe(request) };
    log.info('audit: begin', line);
    const took = (): number => Math.round(performance.now() - startedMs);
    const note = (error: string): void => trail?.add({ time, ...line, took_ms: took(), error });
    try {
      const response = await handler(request, context);
      log.info('audit: done', { ...line, tookMs: took() });
      note('');
      return response;
    } catch (error) {
      log.warn('audit: failed', { ...line, tookMs: took(), error: (error as Error).message });
      note((error as Error).message);
      throw error;
    }
  };
}

function describe(request: unknown): string {
  const text = JSON.stringify(request, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return text.length > longestRequest
    ? `${text.slice(0, longestRequest)}… (${text.length} characters)`
    : text;
}
