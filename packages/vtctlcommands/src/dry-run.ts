import type { RecordChange, TabletCall } from '@vitess-ts/proto/vtaudit';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import { Code, VtError } from '@vitess-ts/vterrors';
import {
  rpcName,
  type RequestOf,
  type ResponseOf,
  type StreamName,
  type UnaryName,
  type VtctldCalls,
} from './vtctld-calls';

/** Calls that only look are made in a dry run too. */
const looking =
  /^(get|find|validate|ping|shardReplicationPositions|vDiffShow|workflowStatus|mountShow|mountList|checkThrottler)/;

/** A vtctld that is asked what its calls would change; `report` gets the answers. */
export function dryRunCalls(
  client: VtctldCalls,
  report: (rpc: string, changes: RecordChange[], tabletCalls: TabletCall[]) => void,
): VtctldCalls {
  return {
    async call<M extends UnaryName>(name: M, request: Partial<RequestOf<M>> = {}): Promise<ResponseOf<M>> {
      if (looking.test(name)) return client.call(name, request);
      const { response, changes, tabletCalls } = await client.dryRun(name, request);
      report(rpcName(name), changes, tabletCalls);
      return response;
    },
    stream<M extends StreamName>(name: M): AsyncIterable<ResponseOf<M>> {
      throw new VtError(
        Code.UNIMPLEMENTED,
        `${VtctldService[name].path} cannot be tried without doing it: it has no dry run`,
      );
    },
    dryRun: (name, request) => client.dryRun(name, request),
    auditLog: (request) => client.auditLog(request),
    legacyCommand() {
      throw new VtError(Code.UNIMPLEMENTED, 'LegacyVtctlCommand has no dry run: try the command itself');
    },
    close: () => client.close(),
  };
}
