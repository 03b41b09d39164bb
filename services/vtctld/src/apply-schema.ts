import { parse, splitStatements, type DdlObject } from '@vitess-ts/sqlparser';
import type { LockDescriptor } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { VtctldContext } from './context';
import { databaseName, shardPrimaries, type ShardPrimary } from './shard-primaries';

/** What a schema change may change: not accounts, databases and what else concerns a whole mysqld. */
const changeable: readonly DdlObject[] = [
  'table',
  'view',
  'index',
  'sequence',
  'procedure',
  'function',
  'trigger',
  'event',
];

/** Cuts texts into DDL statements. INVALID_ARGUMENT for anything that ApplySchema does not run; 1064 for bad syntax. */
export function ddlStatements(keyspace: string, texts: readonly string[]): string[] {
  const statements = texts.flatMap((text) => splitStatements(text)).map(({ text }) => text);
  if (statements.length === 0) throw new VtError(Code.INVALID_ARGUMENT, 'there is no SQL to apply');
  for (const text of statements) {
    const statement = parse(text);
    const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    if (statement.kind !== 'ddl' || !changeable.includes(statement.object)) {
      throw new VtError(
        Code.INVALID_ARGUMENT,
        `not a schema change: ${shown}; ApplySchema runs CREATE, ALTER, DROP, RENAME and TRUNCATE of tables, ` +
          `views, indexes and routines`,
      );
    }
    const elsewhere = [...statement.names, ...statement.renames].find(
      (name) => name.keyspace !== undefined && name.keyspace !== '',
    );
    if (elsewhere) {
      throw new VtError(
        Code.INVALID_ARGUMENT,
        `${shown}: ${elsewhere.keyspace}.${elsewhere.name} names a database; ` +
          `name tables of keyspace ${keyspace} without one`,
      );
    }
  }
  return statements;
}

interface ShardOutcome {
  shard: string;
  rowsAffected?: bigint;
  error?: Error;
}

/**
 * Runs the statements on the primary of each shard, one statement after the other: first on one shard, then, when that
 * went well, on all others, so that a statement that is wrong changes nothing anywhere. Gives the rows affected by
 * shard. `lock` is the keyspace's. When a shard fails, the error says what happened on each, and later statements do not run.
 */
export async function applySchema(
  vtctld: VtctldContext,
  keyspace: string,
  statements: readonly string[],
  lock: LockDescriptor,
  settings: { signal: AbortSignal; timeoutMs: number },
): Promise<{ primaries: ShardPrimary[]; rowsAffectedByShard: Record<string, bigint> }> {
  const primaries = await shardPrimaries(vtctld, keyspace, settings.signal);
  await reachAll(vtctld, primaries, settings.signal);
  const rows: Record<string, bigint> = Object.fromEntries(primaries.map(({ shard }) => [shard, 0n]));
  for (const [index, statement] of statements.entries()) {
    await lock.check(settings.signal);
    const [first, ...rest] = primaries;
    const outcomes = [await runOnShard(vtctld, first, statement, settings)];
    if (!outcomes[0].error) {
      outcomes.push(
        ...(await Promise.all(rest.map((shard) => runOnShard(vtctld, shard, statement, settings)))),
      );
    }
    if (outcomes.some(({ error }) => error))
      throw schemaError(keyspace, statements, index, primaries, outcomes);
    for (const { shard, rowsAffected } of outcomes) rows[shard] += rowsAffected ?? 0n;
  }
  return { primaries, rowsAffectedByShard: rows };
}

/** Before anything is changed anywhere, each primary must answer. */
async function reachAll(
  { tm }: VtctldContext,
  primaries: readonly ShardPrimary[],
  signal: AbortSignal,
): Promise<void> {
  const failures: string[] = [];
  await Promise.all(
    primaries.map(({ shard, primary }) =>
      tm.ping(primary, { payload: 'ApplySchema' }, { signal, timeoutMs: 10_000 }).catch((error: Error) => {
        failures.push(`${shard}: ${error.message}`);
      }),
    ),
  );
  if (failures.length === 0) return;
  throw new VtError(
    Code.UNAVAILABLE,
    `nothing was changed, for primaries of some shards do not answer: ${failures.sort().join('; ')}`,
  );
}

async function runOnShard(
  { tm }: VtctldContext,
  { shard, primary }: ShardPrimary,
  statement: string,
  settings: { signal: AbortSignal; timeoutMs: number },
): Promise<ShardOutcome> {
  try {
    const { result } = await tm.executeFetchAsDba(
      primary,
      {
        query: Buffer.from(statement),
        dbName: databaseName(primary),
        maxRows: 10_000n,
        disableBinlogs: false,
        reloadSchema: false,
        disableForeignKeyChecks: false,
      },
      settings,
    );
    return { shard, rowsAffected: result?.rowsAffected ?? 0n };
  } catch (error) {
    return { shard, error: error as Error };
  }
}

/** The code is that of the first failure. */
function schemaError(
  keyspace: string,
  statements: readonly string[],
  index: number,
  primaries: readonly ShardPrimary[],
  outcomes: readonly ShardOutcome[],
): VtError {
  const lines = primaries.map(({ shard }) => {
    const outcome = outcomes.find((one) => one.shard === shard);
    if (!outcome) return `${shard}: not attempted`;
    return outcome.error ? `${shard}: failed: ${outcome.error.message}` : `${shard}: applied`;
  });
  const [failed] = outcomes.filter(({ error }) => error);
  const before = index === 0 ? '' : ` (the ${index} before it were applied on all shards)`;
  const code = (failed.error as { code?: Code }).code ?? Code.UNKNOWN;
  return new VtError(
    code,
    `schema change of keyspace ${keyspace} failed on shard ${failed.shard}, ` +
      `statement ${index + 1} of ${statements.length}${before}: ${statements[index].slice(0, 500)}\n${lines.join('\n')}`,
    { cause: failed.error },
  );
}
