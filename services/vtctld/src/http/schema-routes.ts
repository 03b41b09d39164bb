import { tabletAliasString } from '@vitess-ts/proto';
import { HttpError, json, type DebugRequest, type DebugServer } from '@vitess-ts/servenv';
import { ddlStatements } from '../apply-schema';
import type { VtctldContext, VtctldHandlers } from '../context';
import { ddlWarnings } from '../schema-warnings';
import { shardPrimaries } from '../shard-primaries';
import type { Access } from './access';
import { callRpc, contextOf } from './rpc-route';

/**
 * `POST /api/schema/apply` with `{"Keyspace", "SQL", "ReplicaTimeoutSeconds"}`, as Vitess's vtctld takes it, and
 * `POST /api/schema/preview` with `{"keyspace", "sql"}`, which says what would run where and changes nothing.
 */
export function addSchemaRoutes(
  server: DebugServer,
  vtctld: VtctldContext,
  handlers: VtctldHandlers,
  access: Access,
): void {
  server.route('POST', '/api/schema/apply', async (request) => {
    const { name } = access.require(request, 'operator');
    const body = await readObject(request);
    const { ReplicaTimeoutSeconds: seconds } = body;
    const call = {
      keyspace: textOf(body, 'Keyspace'),
      sql: [textOf(body, 'SQL')],
      ...(typeof seconds === 'number' && seconds > 0 ? { wait_replicas_timeout: `${seconds}s` } : {}),
    };
    return json(await callRpc(handlers, 'ApplySchema', JSON.stringify(call), contextOf(request, name)));
  });

  server.route('POST', '/api/schema/preview', async (request) => {
    access.require(request, 'viewer');
    const body = await readObject(request);
    const keyspace = textOf(body, 'keyspace');
    const statements = ddlStatements(keyspace, [textOf(body, 'sql')]);
    const primaries = await shardPrimaries(vtctld, keyspace, request.signal);
    return json({
      statements,
      shards: primaries.map(({ shard, primary }) => ({ shard, primary: tabletAliasString(primary.alias) })),
      warnings: await ddlWarnings(vtctld, keyspace, statements, request.signal),
    });
  });
}

/** The body as a JSON object; HttpError 400 for anything else. */
export async function readObject(request: DebugRequest): Promise<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse((await request.body()).toString());
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, `the body is no JSON: ${(error as Error).message}`);
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body };
  throw new HttpError(400, 'the body is no JSON object');
}

export function textOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new HttpError(400, `the body has no text "${name}"`);
}
