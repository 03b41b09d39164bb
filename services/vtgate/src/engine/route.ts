import { OpenedIterator } from '@vitess-ts/base';
import { type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import { cutColumns } from './column-cut';
import { mergeSort } from './merge-sort';
import { mergeUnordered } from './merge-unordered';
import type { OrderKey } from './order-key';
import type { ExecContext, Primitive, PrimitiveDescription } from './primitive';
import { resolveForNoRows, resolveRouting, type Routing, type ShardBinds } from './routing';
import { describeRouting } from './describe-routing';

export interface RouteOptions {
  keyspace: { name: string; sharded: boolean };
  routing: Routing;
  query: string;
  /** Gives the query's header and no row: its condition is `1 != 1`. */
  fieldQuery: string;
  /** `keyspace.table` names, for VEXPLAIN. */
  tables: string[];
  /** The order that the query gives each shard's rows and that the merged rows must keep. */
  orderBy?: OrderKey[];
  /** Number of columns at the end that serve the order only and are cut. */
  hiddenColumns?: number;
  /**
   * Set when the query is right on one shard only: the plan that takes its place when a value turns out not to be
   * exact for its column, so that its rows may lie on several.
   */
  whenSeveralShards?: () => Primitive;
}

/** Runs a query on the shards that its routing names and merges their rows. */
export class Route implements Primitive {
  constructor(readonly options: RouteOptions) {}

  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncIterable<Result> {
    return new OpenedIterator(async () => (await this.open(ctx, bindVariables))[Symbol.asyncIterator]());
  }

  private async open(ctx: ExecContext, bindVariables: BindVariables): Promise<AsyncIterable<Result>> {
    const { keyspace, routing, orderBy, hiddenColumns = 0 } = this.options;
    let targets = await resolveRouting(ctx, keyspace.name, routing, bindVariables);
    if (targets.length === 0) targets = [await resolveForNoRows(ctx, keyspace.name, bindVariables)];
    if (targets.length > 1 && this.options.whenSeveralShards !== undefined) {
      return this.options.whenSeveralShards().execute(ctx, bindVariables);
    }
    const streams = ctx.stream(
      targets.map((t) => t.shard),
      targets.map((t) => ({ sql: this.options.query, bindVariables: t.bindVariables })),
    );
    if (streams.length === 1) {
      return hiddenColumns === 0 ? streams[0] : cutStream(streams[0], hiddenColumns);
    }
    return orderBy !== undefined && orderBy.length > 0
      ? mergeSort(streams, orderBy, hiddenColumns, ctx.signal)
      : mergeUnordered(streams, hiddenColumns);
  }

  async fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]> {
    const target: ShardBinds = await resolveForNoRows(ctx, this.options.keyspace.name, bindVariables);
    const [result] = await ctx.execute(
      [target.shard],
      [{ sql: this.options.fieldQuery, bindVariables: target.bindVariables }],
      { isDml: false, canAutocommit: false },
    );
    return result.fields.slice(0, result.fields.length - (this.options.hiddenColumns ?? 0));
  }

  describe(): PrimitiveDescription {
    const { keyspace, routing, query, fieldQuery, tables, orderBy, hiddenColumns } = this.options;
    return {
      operatorType: 'Route',
      variant: routing.opcode,
      keyspace,
      other: {
        FieldQuery: fieldQuery,
        ...(orderBy !== undefined && orderBy.length > 0 ? { OrderBy: describeOrder(orderBy) } : {}),
        Query: query,
        ...(hiddenColumns ? { HiddenColumns: hiddenColumns } : {}),
        Table: tables.join(', '),
        ...describeRouting(routing),
      },
    };
  }
}

/** `1 ASC, (0|2) DESC`: columns counted from 0, a text column together with that of its weights. */
export function describeOrder(keys: readonly OrderKey[]): string {
  return keys
    .map((key) => {
      const column = key.weightColumn === undefined ? `${key.column}` : `(${key.column}|${key.weightColumn})`;
      return `${column} ${key.descending ? 'DESC' : 'ASC'}`;
    })
    .join(', ');
}

async function* cutStream(stream: AsyncIterable<Result>, hidden: number): AsyncGenerator<Result> {
  let columns = 0;
  for await (const result of stream) {
    if (result.fields.length > 0) columns = result.fields.length - hidden;
    yield { ...result, fields: result.fields.slice(0, columns), rows: cutColumns(result.rows, columns) };
  }
}
