import type { BindVariables, Field, Result, Row } from '@vitess-ts/sqltypes';
import { Type, emptyResult } from '@vitess-ts/sqltypes';
import { collect } from './collect';
import { Insert, sequenceVariable, type InsertOptions, type InsertRow } from './insert';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { storedValue } from './stored-value';
import type { ValueExpression } from './value-expression';

export interface InsertSelectOptions extends Omit<InsertOptions, 'rows' | 'generated'> {
  select: Primitive;
  /** Number of columns that the select gives. */
  columns: number;
  /** Select columns with the values of the vindex's columns. */
  vindexColumns: number[];
  /** Of each of the other vindexes, what gives the values of its columns: a select column, or a value. */
  entryColumns: (number | ValueExpression)[][];
  generated?: {
    keyspace: string;
    sequence: string;
    /** Select column of the generated one; absent when the statement does not name it: it is added at the end. */
    column?: number;
    zeroGenerates: boolean;
  };
}

/** Rows of one INSERT statement. */
const batchRows = 500;

/**
 * Inserts the rows of a select that the gate has gathered. It runs in a transaction: the select has locked what it
 * read, and all rows are inserted or none.
 */
export class InsertSelect implements Primitive {
  constructor(private readonly options: InsertSelectOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { fields, rows } = await collect(this.options.select, ctx, bindVariables);
    let rowsAffected = 0n;
    let insertId = 0n;
    let warnings = 0;
    for (let from = 0; from < rows.length; from += batchRows) {
      const { insert, binds } = this.insertOf(fields, rows.slice(from, from + batchRows).rows());
      for await (const result of insert.execute(ctx, { ...bindVariables, ...binds })) {
        rowsAffected += result.rowsAffected;
        warnings += result.warnings;
        if (insertId === 0n) insertId = result.insertId;
      }
    }
    if (insertId !== 0n) ctx.setLastInsertId(insertId);
    const info = `Records: ${rows.length}  Duplicates: 0  Warnings: ${warnings}`;
    yield emptyResult({ rowsAffected, insertId, warnings, info });
  }

  async fields(): Promise<Field[]> {
    return [];
  }

  describe(): PrimitiveDescription {
    const { keyspace, table, vindex, select, prefix, generated } = this.options;
    return {
      operatorType: 'Insert',
      variant: 'Select',
      keyspace,
      other: {
        Query: `${prefix}..`,
        TableName: table,
        ...(generated === undefined ? {} : { AutoIncrement: `${generated.keyspace}.${generated.sequence}` }),
        ...(vindex === undefined ? {} : { VindexOffsets: { [vindex.name]: this.options.vindexColumns } }),
      },
      inputs: [select.describe()],
    };
  }

  private insertOf(fields: readonly Field[], rows: readonly Row[]): { insert: Insert; binds: BindVariables } {
    const { select: _select, columns, vindexColumns, entryColumns, generated, ...rest } = this.options;
    const binds: BindVariables = {};
    const given: ValueExpression[] = [];
    const inserted = rows.map((row, r): InsertRow => {
      const names = fields.slice(0, columns).map((field, c) => {
        const name = `__r${r}c${c}`;
        binds[name] = storedValue(field, row[c]);
        return name;
      });
      const variables = [...names];
      if (generated !== undefined) {
        const { column } = generated;
        given.push(column === undefined ? nullValue : { kind: 'bind', name: names[column] });
        variables[column ?? columns] = sequenceVariable(r);
      }
      return {
        sql: `(${variables.map((name) => `:${name}`).join(', ')})`,
        variables,
        vindexValues: vindexColumns.map((c) => ({ kind: 'bind', name: variables[c] })),
        entryValues: entryColumns.map((list) =>
          list.map((c) => (typeof c === 'number' ? { kind: 'bind', name: variables[c] } : c)),
        ),
      };
    });
    const insert = new Insert({
      ...rest,
      rows: inserted,
      ...(generated === undefined ? {} : { generated: { ...generated, values: given } }),
    });
    return { insert, binds };
  }
}

const nullValue: ValueExpression = {
  kind: 'literal',
  value: { type: Type.NULL_TYPE, value: Buffer.alloc(0) },
};
