import {
  RowBatch,
  Type,
  bindVariableOf,
  int64BindVariable,
  type BindVariable,
  type BindVariables,
  type Field,
  type Result,
  type TypedValue,
} from '@vitess-ts/sqltypes';
import type { Destination, KeyspaceId } from '@vitess-ts/key';
import type { InvalidValue } from '@vitess-ts/vindexes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { collect } from './collect';
import { invalidValueError } from './invalid-value-error';
import type { ExecContext, Primitive, PrimitiveDescription, ResolvedShard } from './primitive';
import { storedValue } from './stored-value';
import { sumResults } from './sum-results';
import { describeValue, evaluateValue, type ValueExpression } from './value-expression';

/** Where a row lies, or why its value cannot be stored. */
export type StoredPlace = Destination | { kind: 'invalid'; why: InvalidValue; column: number };

/** What an insert needs of the primary vindex: where a row with these values, once stored, lies. */
export interface StoringVindex {
  readonly name: string;
  /** The columns, for errors. */
  readonly columns: readonly string[];
  /** `undefined` when the value that the column would store is not known exactly. */
  mapStored(ctx: ExecContext, rows: readonly TypedValue[][]): Promise<(StoredPlace | undefined)[]>;
}

/** What a vindex other than the primary one has of rows: entries of its own, or a rule that they must meet. */
export interface RowEntries {
  readonly name: string;
  readonly columns: readonly string[];
  /** Throws when a row cannot be there. */
  insert(ctx: ExecContext, rows: readonly TypedValue[][], ids: readonly KeyspaceId[]): Promise<void>;
}

/** The rows that one shard gets, by index, with their keyspace ids. */
interface ShardRows {
  shard: ResolvedShard;
  rows: number[];
  ids: KeyspaceId[];
}

const noId: KeyspaceId = Buffer.alloc(0);

export interface InsertRow {
  /** `(:v1, :v2)`. */
  sql: string;
  /** Bind variables that stand in rows and nowhere else in the statement. */
  variables: string[];
  /** Values of the vindex's columns. */
  vindexValues: ValueExpression[];
  /** Of each vindex in `entries`, the values of its columns. */
  entryValues: ValueExpression[][];
}

/** The column whose missing values come from a sequence. Row i takes its value from `:__seq<i>`. */
export interface GeneratedColumn {
  keyspace: string;
  sequence: string;
  /** One a row; NULL where the statement gives none. */
  values: ValueExpression[];
  /** A zero asks for a value too (not under NO_AUTO_VALUE_ON_ZERO). */
  zeroGenerates: boolean;
}

export const sequenceVariable = (row: number): string => `__seq${row}`;

export interface InsertOptions {
  keyspace: { name: string; sharded: boolean };
  table: string;
  /** `insert into t(id, a) values `. */
  prefix: string;
  rows: InsertRow[];
  /** ` on duplicate key update ..`, with its leading blank. */
  suffix: string;
  /** Absent: all rows go to `destination`. */
  vindex?: StoringVindex;
  /** The table's other vindexes. */
  entries: RowEntries[];
  destination?: Destination;
  /** Values that are computed before all else; each becomes a bind variable. */
  evaluated?: { select: Primitive; names: string[] };
  generated?: GeneratedColumn;
}

/** Inserts rows given as values, one statement for each shard with that shard's rows. */
export class Insert implements Primitive {
  constructor(readonly options: InsertOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { binds, firstGenerated } = await this.prepare(ctx, bindVariables);
    const result = await this.insertRows(
      ctx,
      binds,
      this.options.rows.map((_, i) => i),
    );
    const insertId = firstGenerated ?? result.insertId;
    if (insertId !== 0n) ctx.setLastInsertId(insertId);
    yield { ...result, insertId };
  }

  /** Computes what must be known before any row is written: values that a server computes, and ids of a sequence. */
  async prepare(
    ctx: ExecContext,
    bindVariables: BindVariables,
  ): Promise<{ binds: BindVariables; firstGenerated?: bigint }> {
    return this.generate(ctx, await this.evaluate(ctx, bindVariables));
  }

  /** Inserts some of the rows, by index. */
  async insertRows(ctx: ExecContext, binds: BindVariables, which: readonly number[]): Promise<Result> {
    const perShard = await this.rowsPerShard(ctx, binds, which);
    await this.noteEntries(ctx, perShard, binds);
    const results = await ctx.execute(
      perShard.map((p) => p.shard),
      perShard.map((p) => ({ sql: this.sqlOf(p.rows), bindVariables: this.bindsOf(p.rows, binds) })),
      { isDml: true, canAutocommit: perShard.length === 1 },
    );
    return inOrder(results, perShard) ?? sumResults(results);
  }

  async fields(): Promise<Field[]> {
    return [];
  }

  describe(): PrimitiveDescription {
    const { keyspace, table, vindex, rows, generated, entries } = this.options;
    const all = rows.map((_, i) => i);
    return {
      operatorType: 'Insert',
      variant: vindex === undefined ? 'Unsharded' : 'Sharded',
      keyspace,
      other: {
        Query: this.sqlOf(all),
        TableName: table,
        ...(generated === undefined
          ? {}
          : {
              AutoIncrement: `${generated.keyspace}.${generated.sequence}: ${generated.values.map(describeValue).join(', ')}`,
            }),
        ...(vindex === undefined
          ? {}
          : {
              VindexValues: {
                [vindex.name]: rows
                  .map((r) => `(${r.vindexValues.map(describeValue).join(', ')})`)
                  .join(', '),
                ...Object.fromEntries(
                  entries.map((entry, i) => [
                    entry.name,
                    rows.map((r) => `(${r.entryValues[i].map(describeValue).join(', ')})`).join(', '),
                  ]),
                ),
              },
            }),
      },
    };
  }

  private async evaluate(ctx: ExecContext, bindVariables: BindVariables): Promise<BindVariables> {
    const { evaluated } = this.options;
    if (evaluated === undefined) return bindVariables;
    const { fields, rows } = await collect(evaluated.select, ctx, bindVariables);
    const values = evaluated.names.map(
      (name, i) => [name, storedValue(fields[i], rows.value(0, i))] as const,
    );
    return { ...bindVariables, ...Object.fromEntries(values) };
  }

  /** Adds `__seq` variables; reserves one value for each row that asks for one. */
  private async generate(
    ctx: ExecContext,
    bindVariables: BindVariables,
  ): Promise<{ binds: BindVariables; firstGenerated?: bigint }> {
    const { generated } = this.options;
    if (generated === undefined) return { binds: bindVariables };
    const given = generated.values.map((v) => evaluateValue(v, bindVariables));
    const wanted = given.map((v) => asksForValue(v, generated.zeroGenerates));
    const count = wanted.filter(Boolean).length;
    const first = count === 0 ? 0n : await ctx.reserveSequence(generated.keyspace, generated.sequence, count);
    const binds = { ...bindVariables };
    let next = first;
    given.forEach((value, i) => {
      binds[sequenceVariable(i)] = wanted[i] ? int64BindVariable(next++) : asBindVariable(value);
    });
    return count === 0 ? { binds } : { binds, firstGenerated: first };
  }

  private async rowsPerShard(
    ctx: ExecContext,
    binds: BindVariables,
    which: readonly number[],
  ): Promise<ShardRows[]> {
    const { keyspace, vindex, destination, rows } = this.options;
    if (vindex === undefined) {
      const [[shard]] = await ctx.resolve(keyspace.name, [destination ?? { kind: 'anyShard' }]);
      const id = destination?.kind === 'keyspaceId' ? destination.id : noId;
      return [{ shard, rows: [...which], ids: which.map(() => id) }];
    }
    const values = which.map((i) => rows[i].vindexValues.map((v) => evaluateValue(v, binds)));
    const destinations = await this.placesOf(ctx, vindex, values);
    const perShard = new Map<string, ShardRows>();
    (await ctx.resolve(keyspace.name, destinations)).forEach((shards, i) => {
      if (shards.length !== 1) throw notRoutable(vindex, values[i]);
      const entry = perShard.get(shards[0].shard) ?? { shard: shards[0], rows: [], ids: [] };
      entry.rows.push(which[i]);
      const place = destinations[i];
      entry.ids.push(place.kind === 'keyspaceId' ? place.id : noId);
      perShard.set(shards[0].shard, entry);
    });
    return [...perShard.values()];
  }

  private async placesOf(
    ctx: ExecContext,
    vindex: StoringVindex,
    values: readonly TypedValue[][],
  ): Promise<Destination[]> {
    const { keyspace, table } = this.options;
    for (const row of values) {
      const missing = row.findIndex((v) => v.type === Type.NULL_TYPE);
      if (missing >= 0)
        throw new SqlError(1048, '23000', `Column '${vindex.columns[missing]}' cannot be null`);
    }
    return (await vindex.mapStored(ctx, values)).map((place, i) => {
      if (place === undefined || place.kind === 'none') throw notRoutable(vindex, values[i]);
      if (place.kind !== 'invalid') return place;
      const column = vindex.columns[place.column];
      const at = { keyspace: keyspace.name, table, column, row: i + 1, value: values[i][place.column] };
      throw invalidValueError(place.why, at);
    });
  }

  /** What other vindexes have of the rows, before the rows themselves. */
  private async noteEntries(
    ctx: ExecContext,
    perShard: readonly ShardRows[],
    binds: BindVariables,
  ): Promise<void> {
    const { entries, rows } = this.options;
    if (entries.length === 0) return;
    const placed = perShard.flatMap((p) => p.rows.map((row, i) => ({ row, id: p.ids[i] })));
    placed.sort((a, b) => a.row - b.row);
    for (const [i, entry] of entries.entries()) {
      const values = placed.map((p) => rows[p.row].entryValues[i].map((v) => evaluateValue(v, binds)));
      await entry.insert(
        ctx,
        values,
        placed.map((p) => p.id),
      );
    }
  }

  private sqlOf(rows: readonly number[]): string {
    const { prefix, suffix } = this.options;
    return prefix + rows.map((i) => this.options.rows[i].sql).join(', ') + suffix;
  }

  /** The variables of these rows and those that all rows share. */
  private bindsOf(rows: readonly number[], binds: BindVariables): BindVariables {
    if (rows.length === this.options.rows.length) return binds;
    const own = { ...binds };
    const kept = new Set(rows.flatMap((i) => this.options.rows[i].variables));
    for (const { variables } of this.options.rows) {
      for (const name of variables) if (!kept.has(name)) delete own[name];
    }
    return own;
  }
}

/** Rows of RETURNING in the order of the statement's rows; undefined where a shard gave others than it was given. */
function inOrder(results: readonly Result[], perShard: readonly ShardRows[]): Result | undefined {
  if (results.length < 2 || results.some((r, i) => r.rows.length !== perShard[i].rows.length))
    return undefined;
  const total = sumResults(results);
  const order = perShard.flatMap((p) => p.rows).map((row, at) => ({ row, at }));
  order.sort((a, b) => a.row - b.row);
  const rows = RowBatch.from(
    total.fields.length,
    order.map(({ at }) => total.rows.row(at)),
  );
  return { ...total, rows };
}

function asksForValue({ type, value }: TypedValue, zeroGenerates: boolean): boolean {
  return type === Type.NULL_TYPE || (zeroGenerates && /^[+-]?0+(\.0*)?$/.test(value.toString('latin1')));
}

function asBindVariable({ type, value }: TypedValue): BindVariable {
  return bindVariableOf(type, type === Type.NULL_TYPE ? null : value);
}

function notRoutable(vindex: StoringVindex, values: readonly TypedValue[]): VtError {
  const shown = values.map((v) => v.value.toString().slice(0, 40)).join(', ');
  return new VtError(
    Code.INVALID_ARGUMENT,
    `could not map (${shown}) of column ${vindex.columns.join(', ')} to a shard by vindex ${vindex.name}; ` +
      `write the value in the column's type`,
    { id: 'VT09023' },
  );
}
