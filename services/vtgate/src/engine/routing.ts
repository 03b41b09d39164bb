import { unreachable } from '@vitess-ts/base';
import { allShards, anyShard, type Destination } from '@vitess-ts/key';
import { listBindVariable, nullBindVariable, type BindVariables, type TypedValue } from '@vitess-ts/sqltypes';
import type { ExecContext, ResolvedShard } from './primitive';
import { evaluateList, evaluateValue, type ValueExpression } from './value-expression';

/** What routing needs of a vindex: from values of its columns to where their rows are. */
export interface RoutingVindex {
  readonly name: string;
  /**
   * One destination for each row of column values. `undefined` says that MySQL may call another stored value equal
   * to this one, so that no shard can be left out.
   */
  map(ctx: ExecContext, rows: readonly TypedValue[][]): Promise<(Destination | undefined)[]>;
}

/** How a statement reaches the shards of its keyspace. */
export type Routing =
  /** The one shard of an unsharded keyspace. */
  | { opcode: 'Unsharded' }
  /** Any one shard: every shard has the same rows. */
  | { opcode: 'Reference' }
  /** Values of a sequence. */
  | { opcode: 'Next' }
  /** Provably no row. */
  | { opcode: 'None' }
  | { opcode: 'Scatter' }
  | { opcode: 'ByDestination'; destination: Destination }
  /** One value for each column of the vindex; at most one shard unless the value is not exact. */
  | { opcode: 'EqualUnique'; vindex: RoutingVindex; values: ValueExpression[] }
  /** As EqualUnique; the vindex may name several shards. */
  | { opcode: 'Equal'; vindex: RoutingVindex; values: ValueExpression[] }
  /** A list of values of the vindex's column. Each shard's query sees only its own as `::__vals`. */
  | { opcode: 'IN'; vindex: RoutingVindex; list: ValueExpression }
  /** Some rows of values; each shard that any of them maps to gets the whole query. */
  | { opcode: 'MultiEqual'; vindex: RoutingVindex; rows: ValueExpression[][] };

export type Opcode = Routing['opcode'];

/** The list variable that carries a shard's own part of an IN list. */
export const valuesVariable = '__vals';

/** One shard and the bind variables of its query. */
export interface ShardBinds {
  shard: ResolvedShard;
  bindVariables: BindVariables;
}

/** True for routings that reach one shard whatever the values are. */
export function isAlwaysOneShard(routing: Routing): boolean {
  switch (routing.opcode) {
    case 'Unsharded':
    case 'Reference':
    case 'Next':
    case 'None':
      return true;
    case 'ByDestination':
      return ['keyspaceId', 'shard', 'anyShard'].includes(routing.destination.kind);
    default:
      return false;
  }
}

/** The shards that a statement goes to, each once; none when the values map to no shard. */
export async function resolveRouting(
  ctx: ExecContext,
  keyspace: string,
  routing: Routing,
  bindVariables: BindVariables,
): Promise<ShardBinds[]> {
  switch (routing.opcode) {
    case 'None':
      return [];
    case 'Unsharded':
    case 'Next':
    case 'Reference':
      return resolveAll(ctx, keyspace, [anyShard], bindVariables);
    case 'Scatter':
      return resolveAll(ctx, keyspace, [allShards], bindVariables);
    case 'ByDestination':
      return resolveAll(ctx, keyspace, [routing.destination], bindVariables);
    case 'EqualUnique':
    case 'Equal': {
      const row = routing.values.map((v) => evaluateValue(v, bindVariables));
      return resolveAll(ctx, keyspace, await mapRows(ctx, routing.vindex, [row]), bindVariables);
    }
    case 'MultiEqual': {
      const rows = routing.rows.map((r) => r.map((v) => evaluateValue(v, bindVariables)));
      return resolveAll(ctx, keyspace, await mapRows(ctx, routing.vindex, rows), bindVariables);
    }
    case 'IN':
      return resolveList(ctx, keyspace, routing, bindVariables);
    default:
      return unreachable(routing);
  }
}

async function mapRows(
  ctx: ExecContext,
  vindex: RoutingVindex,
  rows: readonly TypedValue[][],
): Promise<Destination[]> {
  return (await vindex.map(ctx, rows)).map((destination) => destination ?? allShards);
}

async function resolveAll(
  ctx: ExecContext,
  keyspace: string,
  destinations: readonly Destination[],
  bindVariables: BindVariables,
): Promise<ShardBinds[]> {
  const shards = new Map<string, ResolvedShard>();
  for (const list of await ctx.resolve(keyspace, destinations)) {
    for (const shard of list) shards.set(shard.shard, shard);
  }
  return [...shards.values()].map((shard) => ({ shard, bindVariables }));
}

async function resolveList(
  ctx: ExecContext,
  keyspace: string,
  routing: Extract<Routing, { opcode: 'IN' }>,
  bindVariables: BindVariables,
): Promise<ShardBinds[]> {
  const values = evaluateList(routing.list, bindVariables);
  if (values.length === 0) return [];
  const destinations = await mapRows(
    ctx,
    routing.vindex,
    values.map((v) => [v]),
  );
  const perShard = new Map<string, { shard: ResolvedShard; values: TypedValue[] }>();
  const resolved = await ctx.resolve(keyspace, destinations);
  resolved.forEach((shards, i) => {
    for (const shard of shards) {
      const entry = perShard.get(shard.shard) ?? { shard, values: [] };
      entry.values.push(values[i]);
      perShard.set(shard.shard, entry);
    }
  });
  return [...perShard.values()].map(({ shard, values: own }) => ({
    shard,
    bindVariables: { ...bindVariables, [valuesVariable]: listBindVariable(own) },
  }));
}

/**
 * Any one shard, for a statement whose values map to none: it matches no row there, and MySQL itself says what a
 * statement without matching rows gives (a COUNT is 0, not absent).
 */
export async function resolveForNoRows(
  ctx: ExecContext,
  keyspace: string,
  bindVariables: BindVariables,
): Promise<ShardBinds> {
  const [[shard]] = await ctx.resolve(keyspace, [anyShard]);
  return {
    shard,
    bindVariables: { ...bindVariables, [valuesVariable]: listBindVariable([nullBindVariable()]) },
  };
}
