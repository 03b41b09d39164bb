import { bindVariable, Type, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import type { ExecContext, Primitive, PrimitiveDescription, ResolvedShard } from '../primitive';
import { Route } from '../route';
import { resolveForNoRows, resolveRouting } from '../routing';
import { loadRows, ScratchBudget } from './load-rows';
import { ReadsContext } from './reads-context';
import type { ScratchConnection, ScratchReads } from './scratch-access';
import { createTableSql, type ScratchInput } from './scratch-input';
import { checkStoredFunctions } from './stored-functions';
import { createSystemTable, loadSystemTable, type SystemInput } from './system-table';
import { lendVariables, takeVariables } from './user-variables';

export interface ScratchOptions {
  inputs: readonly ScratchInput[];
  /** Tables of the servers' own schemas that the query reads. */
  systemInputs?: readonly SystemInput[];
  /** The query over the scratch tables. */
  query: string;
  /** The keyspaces whose tablets may run it. */
  keyspaces: readonly string[];
  dialect: 'mariadb' | 'mysql';
  /** The reads lock their rows, so they cannot be in a snapshot of their own. */
  locks: boolean;
  /** It calls LAST_INSERT_ID(x). */
  setsLastInsertId: boolean;
  /** Takes the statement's time, Unix seconds, where reads compare with it. */
  timeVariable?: string;
  /** Functions that may be stored ones. */
  functions?: readonly string[];
  /** User variables that the query reads and assigns as it goes. */
  userVariables?: readonly string[];
  /** It writes a file, which must be found again. */
  onPrimary?: boolean;
}

/**
 * Runs a query that no shard can answer and that the gate cannot compute: gathers the rows that it needs from all
 * shards in temporary tables of one tablet, and runs it there. The rows are read on the session's own connections, so
 * that it sees its own writes; the tables are on a connection apart, outside every transaction, and end with it.
 */
export class Scratch implements Primitive {
  constructor(private readonly options: ScratchOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { query, keyspaces, setsLastInsertId, functions, userVariables, onPrimary } = this.options;
    const reads = await this.openReads(ctx, bindVariables);
    let connection: ScratchConnection | undefined;
    try {
      connection = await ctx.scratch.openConnection(keyspaces, { onPrimary });
      if (functions !== undefined) await checkStoredFunctions(functions, connection);
      await this.load(new ReadsContext(ctx, reads), bindVariables, connection);
      await reads.close();
      if (setsLastInsertId) await set(connection, `last_insert_id = ${idMark}`);
      if (userVariables !== undefined) await lendVariables(userVariables, ctx.scratch, connection);
      let warnings = 0;
      for await (const result of connection.stream({ sql: query, bindVariables })) {
        warnings += result.warnings;
        yield this.cleaned(result);
      }
      if (warnings > 0) await noteWarnings(connection, ctx);
      if (setsLastInsertId) await noteLastInsertId(connection, ctx);
      if (userVariables !== undefined) await takeVariables(userVariables, ctx.scratch, connection);
    } finally {
      await Promise.all([reads.close(), connection?.close()]);
    }
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const { query, keyspaces, inputs, systemInputs = [], dialect, onPrimary } = this.options;
    // A query that writes a file has no columns.
    if (onPrimary) return [];
    const connection = await ctx.scratch.openConnection(keyspaces);
    try {
      for (const input of inputs) {
        await connection.execute({ sql: createTableSql(input, false, dialect), bindVariables: {} });
      }
      for (const input of systemInputs) await createSystemTable(input, connection, dialect);
      await this.asSession(connection);
      const { fields } = await connection.execute({ sql: query, bindVariables });
      return this.cleaned({ fields }).fields;
    } finally {
      await connection.close();
    }
  }

  describe(): PrimitiveDescription {
    const { inputs, query, locks } = this.options;
    return {
      operatorType: 'Scratch',
      other: {
        Query: query,
        Tables: inputs.map((i) => `${i.name}: ${i.keyspace}.${i.table}`),
        ...(locks ? { Locks: true } : {}),
      },
      inputs: inputs.map((input) => input.read.describe()),
    };
  }

  private async openReads(ctx: ExecContext, bindVariables: BindVariables): Promise<ScratchReads> {
    const { inputs, locks } = this.options;
    const binds = this.withTime(bindVariables, '0');
    const shards = new Map<string, ResolvedShard>();
    for (const { read } of inputs) {
      if (!(read instanceof Route)) continue;
      const { keyspace, routing } = read.options;
      const targets = await resolveRouting(ctx, keyspace.name, routing, binds);
      if (targets.length === 0) targets.push(await resolveForNoRows(ctx, keyspace.name, binds));
      for (const { shard } of targets) shards.set(`${shard.keyspace}/${shard.shard}`, shard);
    }
    return ctx.scratch.openReads([...shards.values()], inputs.length > 1 && !locks);
  }

  private async load(
    ctx: ExecContext,
    bindVariables: BindVariables,
    connection: ScratchConnection,
  ): Promise<void> {
    const { inputs, systemInputs = [], dialect, timeVariable } = this.options;
    await set(
      connection,
      `@_vt_sql_mode = @@sql_mode, @_vt_time_zone = @@time_zone, ` +
        `sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00'`,
    );
    const budget = new ScratchBudget(ctx.scratch);
    const binds = this.withTime(bindVariables, connection.openedAt);
    // One after the other: two streams over one transaction's connections would wait for each other.
    for (const input of inputs) await loadRows(input, ctx, binds, connection, budget, dialect);
    for (const input of systemInputs) await loadSystemTable(input, ctx, connection, budget, dialect);
    ctx.scratch.loaded(budget.rows, budget.bytes);
    await set(connection, `sql_mode = @_vt_sql_mode, time_zone = @_vt_time_zone`);
    if (timeVariable !== undefined) await set(connection, `timestamp = ${connection.openedAt}`);
    await this.asSession(connection);
  }

  private async asSession(connection: ScratchConnection): Promise<void> {
    for (const sql of connection.settings) await connection.execute({ sql, bindVariables: {} });
  }

  private withTime(bindVariables: BindVariables, seconds: string): BindVariables {
    const { timeVariable } = this.options;
    if (timeVariable === undefined) return bindVariables;
    return { ...bindVariables, [timeVariable]: bindVariable(Type.DECIMAL, seconds) };
  }

  /** The header as the tables themselves would have given it. */
  private cleaned<R extends Pick<Result, 'fields'>>(result: R): R {
    if (!result.fields.some((f) => f.orgTable.startsWith('_vt_scratch_'))) return result;
    const fields = result.fields.map((field) => {
      const input = this.options.inputs.find((i) => i.name === field.orgTable);
      if (input === undefined) return field;
      const isOwnName = field.table === input.name || field.table === `${input.keyspace}.${input.table}`;
      const table = isOwnName ? input.table : field.table;
      return { ...field, table, orgTable: input.table, database: input.keyspace };
    });
    return { ...result, fields };
  }
}

/** A value that no statement gives LAST_INSERT_ID. */
const idMark = '18446744073709547415';

async function noteLastInsertId(connection: ScratchConnection, ctx: ExecContext): Promise<void> {
  const { rows } = await connection.execute({ sql: 'select last_insert_id()', bindVariables: {} });
  const id = rows.value(0, 0)?.toString() ?? idMark;
  if (id !== idMark) ctx.setLastInsertId(BigInt(id));
}

/** Most warnings that are read. */
const MAX_WARNINGS = 64;

async function noteWarnings(connection: ScratchConnection, ctx: ExecContext): Promise<void> {
  const sql = `show warnings limit ${MAX_WARNINGS}`;
  const { rows } = await connection.execute({ sql, bindVariables: {} });
  for (const [, code, message] of rows.rows()) ctx.addWarning(Number(code), message?.toString() ?? '');
}

async function set(connection: ScratchConnection, assignments: string): Promise<void> {
  await connection.execute({ sql: `set ${assignments}`, bindVariables: {} });
}
