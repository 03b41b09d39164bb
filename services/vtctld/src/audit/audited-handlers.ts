import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import type { DryRunRequest, DryRunResponse } from '@vitess-ts/proto/vtaudit';
import type { CallContext, Logger } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { timeOf, type VtctldContext, type VtctldHandlers } from '../context';
import type { AuditLog } from './audit-log';
import { Journal } from './journal';
import { journalled } from './journalled-context';

type Method = keyof typeof VtctldService;
type UnaryHandler = (request: unknown, context: CallContext) => Promise<unknown>;
type StreamHandler = (request: unknown, context: CallContext) => AsyncIterable<unknown>;
type MakeHandlers = (vtctld: VtctldContext) => VtctldHandlers;

/** Calls that only look. Every other one is recorded. */
const harmless =
  /^(get|find|validate|ping|shardReplicationPositions|vDiffShow|workflowStatus|mountShow|mountList|checkThrottler)/;

const longestRequest = 4_000;

/**
 * The handlers that `make` gives; each call that may change something is recorded with its caller, request, outcome and
 * duration, and with each record of the topology that it changed.
 */
export function auditedHandlers(vtctld: VtctldContext, make: MakeHandlers, audit: AuditLog): VtctldHandlers {
  const plain = make(vtctld);
  const audited: Record<string, unknown> = {};
  for (const name of Object.keys(plain) as Method[]) {
    if (harmless.test(name)) audited[name] = plain[name];
    else if (VtctldService[name].responseStream) {
      audited[name] = async function* (request: unknown, context: CallContext) {
        const call = begin(name, request, context, vtctld.log, audit);
        try {
          const handler = make(journalled(vtctld, call.journal))[name] as unknown as StreamHandler;
          yield* handler(request, context);
          call.end();
        } catch (error) {
          call.end(error as Error);
          throw error;
        }
      };
    } else {
      audited[name] = async (request: unknown, context: CallContext) => {
        const call = begin(name, request, context, vtctld.log, audit);
        try {
          const handler = make(journalled(vtctld, call.journal))[name] as unknown as UnaryHandler;
          const response = await handler(request, context);
          call.end();
          return response;
        } catch (error) {
          call.end(error as Error);
          throw error;
        }
      };
    }
  }
  return audited as VtctldHandlers;
}

/** What an RPC would change. NOT_FOUND for one that is not served, UNIMPLEMENTED for one that streams. */
export async function dryRun(
  vtctld: VtctldContext,
  make: MakeHandlers,
  { rpc, request }: DryRunRequest,
  context: CallContext,
): Promise<DryRunResponse> {
  const journal = new Journal(true);
  const handlers = make(journalled(vtctld, journal));
  const name = (Object.keys(handlers) as Method[]).find((key) => rpcName(key) === rpc);
  if (!name) throw new VtError(Code.NOT_FOUND, `vtctld serves no RPC ${rpc}`);
  const definition = VtctldService[name] as unknown as {
    responseStream: boolean;
    requestDeserialize(bytes: Buffer): unknown;
    responseSerialize(response: unknown): Buffer;
  };
  if (definition.responseStream) {
    throw new VtError(Code.UNIMPLEMENTED, `${rpc} cannot be tried without doing it: it has no dry run`);
  }
  const handler = handlers[name] as unknown as UnaryHandler;
  const response = await handler(definition.requestDeserialize(request), context);
  return {
    response: definition.responseSerialize(response),
    changes: journal.changes,
    tabletCalls: journal.tabletCalls,
  };
}

/** The name in the contract, which is not always the key with a capital. */
const rpcName = (key: Method): string => VtctldService[key].path.replace(/^.*\//, '');

function begin(
  name: Method,
  request: unknown,
  { peer }: CallContext,
  log: Logger,
  audit: AuditLog,
): { journal: Journal; end(error?: Error): void } {
  const startedMs = performance.now();
  const startedAt = Date.now();
  const line = { rpc: name, caller: peer, request: describe(request) };
  const journal = new Journal(false);
  log.info('audit: begin', line);
  return {
    journal,
    end(error) {
      const tookMs = Math.round(performance.now() - startedMs);
      const { changes, tabletCalls } = journal;
      if (error) log.warn('audit: failed', { ...line, tookMs, error: error.message, changes });
      else log.info('audit: done', { ...line, tookMs, changes });
      audit.add({
        time: timeOf(startedAt),
        rpc: rpcName(name),
        caller: peer,
        request: line.request,
        tookMs,
        error: error?.message ?? '',
        changes,
        tabletCalls,
      });
    },
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
