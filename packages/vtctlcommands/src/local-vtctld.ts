import type { Event } from '@vitess-ts/proto/logutil';
import { AuditService, type AuditRecord, type GetAuditLogRequest } from '@vitess-ts/proto/vtaudit';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import type { CallContext, Handlers } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import {
  encodedRequest,
  fullRequest,
  rpcName,
  type DryRunOutcome,
  type RequestOf,
  type ResponseOf,
  type StreamName,
  type UnaryName,
  type VtctldCalls,
} from './vtctld-calls';

type AnyHandler = (request: unknown, context: CallContext) => unknown;

/** Calls the handlers of a vtctld of this process. */
export class LocalVtctld implements VtctldCalls {
  /** @param context what handlers are told of each call: its `signal` and deadline limit them. */
  constructor(
    private readonly handlers: Handlers<typeof VtctldService>,
    private readonly audit: Handlers<typeof AuditService>,
    private readonly context: CallContext,
    private readonly onClose: () => Promise<void> = () => Promise.resolve(),
  ) {}

  async call<M extends UnaryName>(name: M, request: Partial<RequestOf<M>> = {}): Promise<ResponseOf<M>> {
    return (await this.handler(name)(fullRequest(name, request), this.context)) as ResponseOf<M>;
  }

  async *stream<M extends StreamName>(
    name: M,
    request: Partial<RequestOf<M>> = {},
  ): AsyncIterable<ResponseOf<M>> {
    yield* this.handler(name)(fullRequest(name, request), this.context) as AsyncIterable<ResponseOf<M>>;
  }

  async dryRun<M extends UnaryName>(
    name: M,
    request: Partial<RequestOf<M>> = {},
  ): Promise<DryRunOutcome<ResponseOf<M>>> {
    const { dryRun } = this.audit;
    if (!dryRun) throw new VtError(Code.UNIMPLEMENTED, 'this vtctld has no dry run');
    const asked = { rpc: rpcName(name), request: encodedRequest(name, request) };
    const answer = await dryRun(asked, this.context);
    return { ...answer, response: VtctldService[name].responseDeserialize(answer.response) as ResponseOf<M> };
  }

  async auditLog(request: GetAuditLogRequest): Promise<AuditRecord[]> {
    const { getAuditLog } = this.audit;
    if (!getAuditLog) throw new VtError(Code.UNIMPLEMENTED, 'this vtctld has no audit log');
    return (await getAuditLog(request, this.context)).records;
  }

  legacyCommand(): AsyncIterable<Event> {
    throw new VtError(
      Code.UNIMPLEMENTED,
      'there is no server to run the command on: give it without LegacyVtctlCommand',
    );
  }

  close(): Promise<void> {
    return this.onClose();
  }

  private handler(name: keyof typeof VtctldService): AnyHandler {
    const handler = this.handlers[name] as AnyHandler | undefined;
    if (handler) return handler;
    throw new VtError(Code.UNIMPLEMENTED, `${VtctldService[name].path} is not implemented`);
  }
}
