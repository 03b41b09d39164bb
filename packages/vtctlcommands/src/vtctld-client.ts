import type { Client } from '@grpc/grpc-js';
import {
  AuditService,
  type AuditRecord,
  type DryRunRequest,
  type DryRunResponse,
  type GetAuditLogRequest,
  type GetAuditLogResponse,
} from '@vitess-ts/proto/vtaudit';
import type { Event } from '@vitess-ts/proto/logutil';
import type { ExecuteVtctlCommandRequest, ExecuteVtctlCommandResponse } from '@vitess-ts/proto/vtctldata';
import { VtctldService, VtctlService } from '@vitess-ts/proto/vtctlservice';
import {
  createChannel,
  serverStream,
  unary,
  type ServerStreamMethod,
  type UnaryMethod,
} from '@vitess-ts/servenv';
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

/** Calls of a vtctld over gRPC. */
export class VtctldClient implements VtctldCalls {
  private readonly channel: Client;

  /** @param timeoutMs limit of each call. */
  constructor(
    address: string,
    private readonly timeoutMs: number,
  ) {
    this.channel = createChannel(address);
  }

  call<M extends UnaryName>(name: M, request: Partial<RequestOf<M>> = {}): Promise<ResponseOf<M>> {
    // Method, request and response belong together by the types above.
    const method = VtctldService[name] as unknown as UnaryMethod<unknown, ResponseOf<M>>;
    return unary(this.channel, method, fullRequest(name, request), { timeoutMs: this.timeoutMs });
  }

  stream<M extends StreamName>(name: M, request: Partial<RequestOf<M>> = {}): AsyncIterable<ResponseOf<M>> {
    const method = VtctldService[name] as unknown as ServerStreamMethod<unknown, ResponseOf<M>>;
    return serverStream(this.channel, method, fullRequest(name, request), { timeoutMs: this.timeoutMs });
  }

  async dryRun<M extends UnaryName>(
    name: M,
    request: Partial<RequestOf<M>> = {},
  ): Promise<DryRunOutcome<ResponseOf<M>>> {
    const { dryRun } = AuditService;
    const asked: DryRunRequest = { rpc: rpcName(name), request: encodedRequest(name, request) };
    const answer = await unary<DryRunRequest, DryRunResponse>(this.channel, dryRun, asked, {
      timeoutMs: this.timeoutMs,
    });
    return { ...answer, response: VtctldService[name].responseDeserialize(answer.response) as ResponseOf<M> };
  }

  async auditLog(request: GetAuditLogRequest): Promise<AuditRecord[]> {
    const { getAuditLog } = AuditService;
    const settings = { timeoutMs: this.timeoutMs };
    const { records } = await unary<GetAuditLogRequest, GetAuditLogResponse>(
      this.channel,
      getAuditLog,
      request,
      settings,
    );
    return records;
  }

  async *legacyCommand(args: readonly string[]): AsyncIterable<Event> {
    const { executeVtctlCommand } = VtctlService;
    const request: ExecuteVtctlCommandRequest = {
      args: [...args],
      actionTimeout: BigInt(this.timeoutMs) * 1_000_000n,
    };
    const settings = { timeoutMs: this.timeoutMs };
    const answers = serverStream<ExecuteVtctlCommandRequest, ExecuteVtctlCommandResponse>(
      this.channel,
      executeVtctlCommand,
      request,
      settings,
    );
    for await (const { event } of answers) if (event) yield event;
  }

  async close(): Promise<void> {
    this.channel.close();
  }
}
