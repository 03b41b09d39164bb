import { quoteString } from '@vitess-ts/sqlparser';
import { emptyResult, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import { Type, bindVariableOf } from '@vitess-ts/sqltypes';
import { assert } from '@vitess-ts/base';
import { collect } from './collect';
import type { Insert } from './insert';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { locate } from './two-step/changed-table';
import { deleteRows, type DeletedTable } from './two-step/two-step-delete';
import { updateRows, type TwoStepUpdate } from './two-step/two-step-update';
import { evaluateValue, type ValueExpression } from './value-expression';

/** A unique key of the table, and how the row that has a key's values is found. */
export interface UpsertKey {
  name: string;
  /** Of each row, the values of the key's columns; undefined where the row cannot meet another. */
  values: (ValueExpression[] | undefined)[];
  /** Reads and locks the row with `:__u0`, `:__u1`, .. */
  found: { kind: 'rows'; select: Primitive } | { kind: 'update'; update: TwoStepUpdate };
}

export interface UpsertOptions {
  what: 'ignore' | 'replace' | 'update';
  insert: Insert;
  keys: UpsertKey[];
  /** REPLACE: deletes rows that are in the way. */
  deletes?: DeletedTable;
  /** ON DUPLICATE KEY UPDATE: what VALUES(column) is in each row, by bind variable. */
  rowValues: Record<string, ValueExpression>[];
}

export const keyVariable = (i: number): string => `__u${i}`;

/**
 * INSERT IGNORE, REPLACE and ON DUPLICATE KEY UPDATE on a table whose unique keys hold over shards by lookups: row by
 * row, each unique key is looked for wherever its row may be, as one server does.
 */
export class Upsert implements Primitive {
  constructor(readonly options: UpsertOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { insert } = this.options;
    const { binds, firstGenerated } = await insert.prepare(ctx, bindVariables);
    let rowsAffected = 0n;
    let warnings = 0;
    for (let row = 0; row < insert.options.rows.length; row++) {
      const done = await this.run(ctx, binds, row);
      rowsAffected += done.rowsAffected;
      warnings += done.warnings;
    }
    const insertId = firstGenerated ?? 0n;
    if (insertId !== 0n) ctx.setLastInsertId(insertId);
    yield emptyResult({ rowsAffected, insertId, warnings });
  }

  async fields(): Promise<Field[]> {
    return [];
  }

  describe(): PrimitiveDescription {
    const { what, insert, keys } = this.options;
    const { keyspace, table } = insert.options;
    const finds = keys.map(({ found }) => (found.kind === 'rows' ? found.select : found.update).describe());
    return {
      operatorType: 'Upsert',
      variant: { ignore: 'Ignore', replace: 'Replace', update: 'OnDuplicateKeyUpdate' }[what],
      keyspace,
      other: { TableName: table, Keys: keys.map((k) => k.name) },
      inputs: [insert.describe(), ...finds],
    };
  }

  private run(ctx: ExecContext, binds: BindVariables, row: number): Promise<Result> {
    switch (this.options.what) {
      case 'ignore':
        return this.ignore(ctx, binds, row);
      case 'replace':
        return this.replace(ctx, binds, row);
      case 'update':
        return this.update(ctx, binds, row);
    }
  }

  private async ignore(ctx: ExecContext, binds: BindVariables, row: number): Promise<Result> {
    for (const key of this.options.keys) {
      const found = await this.find(ctx, binds, key, row);
      if (found === undefined || found.result.rows.length === 0) continue;
      const values = found.values.map((v) => v.value.toString()).join('-');
      ctx.addWarning(1062, `Duplicate entry ${quoteString(values)} for key ${quoteString(key.name)}`);
      return emptyResult({ warnings: 1 });
    }
    return this.options.insert.insertRows(ctx, binds, [row]);
  }

  private async replace(ctx: ExecContext, binds: BindVariables, row: number): Promise<Result> {
    const { keys, deletes, insert } = this.options;
    assert(deletes !== undefined, 'REPLACE knows how to delete');
    let deleted = 0n;
    for (const key of keys) {
      const found = await this.find(ctx, binds, key, row);
      if (found === undefined || found.result.rows.length === 0) continue;
      const { fields, rows } = found.result;
      deleted += (await deleteRows(ctx, deletes, fields, rows.rows(), binds)).rowsAffected;
    }
    const inserted = await insert.insertRows(ctx, binds, [row]);
    return { ...inserted, rowsAffected: inserted.rowsAffected + deleted };
  }

  private async update(ctx: ExecContext, binds: BindVariables, row: number): Promise<Result> {
    const { keys, rowValues, insert } = this.options;
    const own = Object.fromEntries(
      Object.entries(rowValues[row]).map(([name, value]) => {
        const { type, value: bytes } = evaluateValue(value, binds);
        return [name, bindVariableOf(type, type === Type.NULL_TYPE ? null : bytes)];
      }),
    );
    for (const key of keys) {
      const found = await this.find(ctx, { ...binds, ...own }, key, row);
      if (found === undefined || found.result.rows.length === 0 || key.found.kind !== 'update') continue;
      const [table] = key.found.update.options.tables;
      const { fields, rows } = found.result;
      const located = await locate(ctx, table, fields, rows.rows());
      const updated = await updateRows(ctx, table, fields, located, { ...binds, ...own });
      const isChanged = /Changed: [1-9]/.test(updated.info);
      return emptyResult({ rowsAffected: isChanged ? 2n : updated.rowsAffected });
    }
    return insert.insertRows(ctx, { ...binds, ...own }, [row]);
  }

  /** The row that has the key's values already; undefined where there can be none. */
  private async find(
    ctx: ExecContext,
    binds: BindVariables,
    { values, found }: UpsertKey,
    row: number,
  ): Promise<{ values: ReturnType<typeof evaluateValue>[]; result: Result } | undefined> {
    const given = values[row]?.map((v) => evaluateValue(v, binds));
    if (given === undefined || given.some((v) => v.type === Type.NULL_TYPE)) return undefined;
    const key = Object.fromEntries(given.map((v, i) => [keyVariable(i), bindVariableOf(v.type, v.value)]));
    const select = found.kind === 'rows' ? found.select : found.update.options.select;
    return { values: given, result: await collect(select, ctx, { ...binds, ...key }) };
  }
}
