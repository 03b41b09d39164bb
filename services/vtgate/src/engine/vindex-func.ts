import type { Destination } from '@vitess-ts/key';
import {
  RowBatch,
  Type,
  emptyResult,
  makeField,
  type BindVariables,
  type Field,
  type Result,
  type TypedValue,
  type Value,
} from '@vitess-ts/sqltypes';
import { keyRangeOfShard } from '@vitess-ts/key';
import type { SingleColumnVindex } from '@vitess-ts/vindexes';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { evaluateList, evaluateValue, type ValueExpression } from './value-expression';

/** The columns that a vindex has as a table. */
export const vindexColumns = [
  'id',
  'keyspace_id',
  'range_start',
  'range_end',
  'hex_keyspace_id',
  'shard',
] as const;
export type VindexColumnName = (typeof vindexColumns)[number];

export interface VindexFuncOptions {
  keyspace: { name: string; sharded: boolean };
  vindex: SingleColumnVindex;
  /** `id = value`, or `id in list`. */
  value?: ValueExpression;
  list?: ValueExpression;
  columns: { column: VindexColumnName; name: string }[];
}

/** A vindex as a table: where values lie. No shard is asked. */
export class VindexFunc implements Primitive {
  constructor(readonly options: VindexFuncOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { keyspace, vindex, columns } = this.options;
    const values = this.values(bindVariables);
    const destinations = vindex.map(values);
    const places = destinations.map(placesOf);
    const shards = await ctx.resolve(
      keyspace.name,
      places.flat().map((place) => place.destination),
    );
    const rows: Value[][] = [];
    let at = 0;
    for (const [i, own] of places.entries()) {
      for (const place of own) {
        for (const { shard } of shards[at]) {
          rows.push(columns.map(({ column }) => valueOf(column, values[i], place.id, shard)));
        }
        at++;
      }
    }
    yield emptyResult({ fields: await this.fields(), rows: RowBatch.from(columns.length, rows) });
  }

  private values(bindVariables: BindVariables): TypedValue[] {
    const { value, list } = this.options;
    if (value !== undefined) return [evaluateValue(value, bindVariables)];
    return list === undefined ? [] : evaluateList(list, bindVariables);
  }

  async fields(): Promise<Field[]> {
    const { vindex, columns, keyspace } = this.options;
    return columns.map(({ column, name }) => ({
      ...makeField(name, Type.VARBINARY, { charset: 63 }),
      orgName: column,
      table: vindex.name,
      orgTable: vindex.name,
      database: keyspace.name,
    }));
  }

  describe(): PrimitiveDescription {
    const { keyspace, vindex, columns, value } = this.options;
    return {
      operatorType: 'VindexFunc',
      variant: value === undefined ? 'VindexIn' : 'VindexMap',
      keyspace,
      other: { Columns: columns.map(({ column }) => column), Vindex: vindex.name },
    };
  }
}

/** A keyspace id, or all of a destination that is none. */
interface Place {
  destination: Destination;
  id?: Uint8Array;
}

function placesOf(destination: Destination): Place[] {
  switch (destination.kind) {
    case 'none':
      return [];
    case 'keyspaceId':
      return [{ destination, id: destination.id }];
    case 'keyspaceIds':
      return destination.ids.map((id) => ({ destination: { kind: 'keyspaceId', id }, id }));
    default:
      return [{ destination }];
  }
}

function valueOf(
  column: VindexColumnName,
  value: TypedValue,
  id: Uint8Array | undefined,
  shard: string,
): Value {
  switch (column) {
    case 'id':
      return value.type === Type.NULL_TYPE ? null : Buffer.from(value.value);
    case 'keyspace_id':
      return id === undefined ? null : Buffer.from(id);
    case 'hex_keyspace_id':
      return id === undefined ? null : Buffer.from(Buffer.from(id).toString('hex'));
    case 'range_start':
      return Buffer.from(keyRangeOfShard(shard).start);
    case 'range_end':
      return Buffer.from(keyRangeOfShard(shard).end);
    case 'shard':
      return Buffer.from(shard);
  }
}
