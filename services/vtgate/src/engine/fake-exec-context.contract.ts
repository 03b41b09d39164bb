import type { Destination } from '@vitess-ts/key';
import type { BoundQuery } from '@vitess-ts/queryservice';
import {
  BINARY_COLLATION,
  RowBatch,
  Type,
  emptyResult,
  isText,
  makeField,
  type BindVariables,
  type Field,
  type Result,
} from '@vitess-ts/sqltypes';
import type { LookupCursor, LookupEntry } from '@vitess-ts/vindexes';
import { StatementMemory } from './statement-memory';
import type { ScratchAccess } from './scratch/scratch-access';
import type { ExecContext, Primitive, ResolvedShard, ShardExecution } from './primitive';

/** A query that reached a shard, as tests compare it: values are their text, lists are arrays. */
export interface SeenQuery {
  shard: string;
  sql: string;
  binds: Record<string, string | null | (string | null)[]>;
}

type Answer = (shard: string, query: SeenQuery) => Result | Error;

/** An `ExecContext` over shards in memory that answers by a function and remembers what it was asked. */
export class FakeExecContext implements ExecContext {
  readonly seen: SeenQuery[] = [];
  readonly executions: ShardExecution[] = [];
  readonly warnings: string[] = [];
  lastInsertId = 0n;
  atomic = false;
  foundRows = 0n;
  /** Streams that were ended before their end. */
  ended = 0;
  memory = new StatementMemory(1000);
  scratch: ScratchAccess = noScratch;
  /** Statements on lookup tables that ran, and what they were told to remove or keep. */
  readonly lookups = new FakeLookups();
  spill?: ExecContext['spill'];
  private nextSequence = 1n;
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;

  constructor(
    readonly shards: readonly string[],
    private readonly answer: Answer,
    private readonly batchRows = 2,
  ) {}

  async resolve(keyspace: string, destinations: readonly Destination[]): Promise<ResolvedShard[][]> {
    return destinations.map((d) => this.shardsOf(d).map((shard) => ({ keyspace, shard })));
  }

  async execute(
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    how: ShardExecution,
  ): Promise<Result[]> {
    this.executions.push(how);
    return shards.map((shard, i) => this.run(shard, queries[i]));
  }

  stream(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[] {
    return shards.map((shard, i) => this.streamOne(shard, queries[i]));
  }

  private async *streamOne(shard: ResolvedShard, query: BoundQuery): AsyncGenerator<Result> {
    let finished = false;
    try {
      const result = this.run(shard, query);
      yield { ...result, rows: result.rows.slice(0, this.batchRows) };
      for (let i = this.batchRows; i < result.rows.length; i += this.batchRows) {
        yield emptyResult({ rows: result.rows.slice(i, i + this.batchRows) });
      }
      finished = true;
    } finally {
      if (!finished) this.ended++;
    }
  }

  async reserveSequence(_keyspace: string, _table: string, count: number): Promise<bigint> {
    const first = this.nextSequence;
    this.nextSequence += BigInt(count);
    return first;
  }

  setLastInsertId(id: bigint): void {
    this.lastInsertId = id;
  }
  setFoundRows(rows: bigint): void {
    this.foundRows = rows;
  }
  requireAtomicCommit(): void {
    this.atomic = true;
  }
  addWarning(errno: number, message: string): void {
    this.warnings.push(`${errno}: ${message}`);
  }

  private run({ shard }: ResolvedShard, query: BoundQuery): Result {
    const binds: SeenQuery['binds'] = {};
    for (const [name, bind] of Object.entries(query.bindVariables)) {
      binds[name] =
        bind.type === Type.TUPLE
          ? bind.values.map((v) => text(v.type, v.value))
          : text(bind.type, bind.value);
    }
    const seen = { shard, sql: query.sql, binds };
    this.seen.push(seen);
    const answer = this.answer(shard, seen);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  private shardsOf(destination: Destination): string[] {
    switch (destination.kind) {
      case 'none':
        return [];
      case 'allShards':
        return [...this.shards];
      case 'anyShard':
        return [this.shards[0]];
      case 'shard':
        return [destination.shard];
      case 'keyspaceId':
        return [this.shards[destination.id[0] % this.shards.length]];
      case 'keyspaceIds':
        return [...new Set(destination.ids.map((id) => this.shards[id[0] % this.shards.length]))];
      default:
        throw new Error(`the fake resolves no ${destination.kind}`);
    }
  }
}

/** A lookup's statements, answered by a function. */
export class FakeLookups implements LookupCursor {
  readonly locksReads = true;
  readonly seen: { sql: string; order: string; binds: Record<string, string> }[] = [];
  removed: LookupEntry[] = [];
  answer: (sql: string, binds: Record<string, string>) => Result | Error = () => emptyResult();

  execute(sql: string, bindVariables: BindVariables, order: string): Promise<Result> {
    const binds = Object.fromEntries(
      Object.entries(bindVariables).map(([name, b]) => [
        name,
        b.type === Type.TUPLE ? b.values.map((v) => v.value.toString()).join() : b.value.toString('latin1'),
      ]),
    );
    this.seen.push({ sql, order, binds });
    const answer = this.answer(sql, binds);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  executeAt(
    keyspace: string,
    id: Buffer,
    sql: string,
    bindVariables: BindVariables,
    order: string,
  ): Promise<Result> {
    return this.execute(sql, bindVariables, `${order} ${keyspace}:${id.toString('hex')}`);
  }

  removeLater(entry: LookupEntry): void {
    this.removed.push(entry);
  }

  removals(): readonly LookupEntry[] {
    return this.removed;
  }

  keep(entry: LookupEntry): void {
    this.removed = this.removed.filter((e) => e !== entry);
  }
}

const noScratch: ScratchAccess = {
  maxRows: 0,
  maxBytes: 0,
  openReads: () => Promise.reject(new Error('not part of this test')),
  openConnection: () => Promise.reject(new Error('not part of this test')),
  loaded: () => undefined,
  systemRows: () => {
    throw new Error('not part of this test');
  },
  userVariable: () => undefined,
  setUserVariable: () => undefined,
};

const text = (type: number, value: Buffer): string | null =>
  type === Type.NULL_TYPE ? null : value.toString();

/** A result from `name:TYPE:decimals` columns and rows of text. */
export function resultOf(
  columns: string,
  rows: (string | null)[][] = [],
  rest: Partial<Result> = {},
): Result {
  const fields = columns === '' ? [] : columns.split(/,\s*/).map(fieldOf);
  return emptyResult({
    fields,
    rows: RowBatch.from(
      fields.length,
      rows.map((row) => row.map((v) => (v === null ? null : Buffer.from(v)))),
    ),
    ...rest,
  });
}

export function fieldOf(spec: string): Field {
  const [name, type = 'INT64', decimals = '0'] = spec.split(':');
  const number = Type[type as keyof typeof Type];
  return makeField(name, number, {
    decimals: Number(decimals),
    charset: isText(number) ? 45 : BINARY_COLLATION,
  });
}

/** Rows of a primitive as text, without regard to batches. */
export async function rowsOf(
  primitive: Primitive,
  ctx: ExecContext,
  bindVariables: Parameters<Primitive['execute']>[1] = {},
): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for await (const result of primitive.execute(ctx, bindVariables)) {
    for (const row of result.rows.rows()) rows.push(row.map((v) => v?.toString() ?? null));
  }
  return rows;
}

/** A primitive that gives rows held in memory, a few a batch. */
export class GivenRows implements Primitive {
  constructor(
    private readonly result: Result,
    private readonly batchRows = 2,
  ) {}

  async *execute(): AsyncGenerator<Result> {
    const { rows } = this.result;
    yield { ...this.result, rows: rows.slice(0, this.batchRows) };
    for (let i = this.batchRows; i < rows.length; i += this.batchRows) {
      yield emptyResult({ rows: rows.slice(i, i + this.batchRows) });
    }
  }
  async fields(): Promise<Field[]> {
    return this.result.fields;
  }
  describe(): { operatorType: string } {
    return { operatorType: 'Given' };
  }
}
