import { jsonToMessage, InvalidProtoValue, messageToJson, methodTypes } from '@vitess-ts/proto';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import { HttpError, json, type CallContext, type DebugRequest, type DebugServer } from '@vitess-ts/servenv';
import type { VtctldHandlers } from '../context';
import type { Access, Role } from './access';

type Method = keyof typeof VtctldService;
type UnaryHandler = (request: unknown, context: CallContext) => Promise<unknown>;
interface UnaryDefinition {
  requestDeserialize(value: Buffer): unknown;
  responseSerialize(value: unknown): Buffer;
}

const prefix = '/api/rpc/';

/** Longest that a call over HTTP works, whoever waits. */
const longestCallMs = 600_000;

/** Calls that change nothing. */
const looking =
  /^(Get|Find|Validate|Ping|ShardReplicationPositions$|VDiffShow$|WorkflowStatus$|Mount(Show|List)$)/;
/** Calls that can lose data or lets the caller do anything. */
const dangerous =
  /^(Delete|Execute|EmergencyReparent|RestoreFromBackup|RemoveBackup|InitShardPrimary|WorkflowDelete|ConcludeTransaction)/;

export function roleFor(method: string): Role {
  if (looking.test(method)) return 'viewer';
  return dangerous.test(method) ? 'admin' : 'operator';
}

/**
 * `POST /api/rpc/<Method>` calls an RPC of the Vtctld service: the body is the request, the answer the response, both
 * as protobuf JSON with the names of the contract. `GET /api/rpc/` lists the methods.
 */
export function addRpcRoute(server: DebugServer, handlers: VtctldHandlers, access: Access): void {
  server.route('GET', prefix, (request) => {
    access.require(request, 'viewer');
    return json(
      (Object.keys(handlers) as Method[])
        .map(rpcName)
        .filter((method) => methodTypes('vtctlservice.Vtctld', method)?.streams === false)
        .sort()
        .map((method) => ({ method, role: roleFor(method) })),
    );
  });
  server.route('POST', `${prefix}*`, async (request) => {
    const method = decodeURIComponent(request.path.slice(prefix.length));
    const caller = access.require(request, roleFor(method));
    const text = (await request.body()).toString();
    return json(await callRpc(handlers, method, text, contextOf(request, caller.name)));
  });
}

/** Throws HttpError 404 for a method that is not served, 400 for a request that is none of its. */
export async function callRpc(
  handlers: VtctldHandlers,
  method: string,
  requestJson: string,
  context: CallContext,
): Promise<unknown> {
  const types = methodTypes('vtctlservice.Vtctld', method);
  const key = (Object.keys(VtctldService) as Method[]).find((candidate) => rpcName(candidate) === method);
  const handler = key && handlers[key];
  if (!types || types.streams || !handler) throw new HttpError(404, `vtctld serves no call ${method}`);
  const definition = VtctldService[key] as unknown as UnaryDefinition;
  const request = definition.requestDeserialize(encode(types.input, requestJson));
  const response = await (handler as unknown as UnaryHandler)(request, context);
  return messageToJson(types.output, definition.responseSerialize(response));
}

function encode(type: string, text: string): Buffer {
  try {
    return jsonToMessage(type, text.trim() === '' ? {} : JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new HttpError(400, `the body is no JSON: ${error.message}`);
    if (error instanceof InvalidProtoValue) throw new HttpError(400, error.message);
    throw error;
  }
}

/** What a handler is told of a call that came over HTTP. */
export function contextOf(request: DebugRequest, user: string): CallContext {
  return {
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(longestCallMs)]),
    deadlineMs: Date.now() + longestCallMs,
    peer: user === '' ? `http ${request.peer}` : `http ${user}@${request.peer}`,
    trace: undefined,
    metadata: () => undefined,
  };
}

/** The name in the contract: the last part of the path, which is not always the key with a capital. */
const rpcName = (key: Method): string => VtctldService[key].path.replace(/^.*\//, '');
