import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { RowBatch, Type, emptyResult, makeField, type Result, type Row } from '@vitess-ts/sqltypes';
import {
  GetSchemaResponse,
  StartCommitState,
  StreamHealthResponse,
  TransactionState,
  type SchemaTableType,
  type Target,
} from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import { abortedError } from './rpc-error';
import { AtomicCommitCalls, type AtomicCommit, type AtomicRpc, type AtomicRpcs } from './atomic-commit';
import type {
  BoundQuery,
  CallContext,
  ConnectionIds,
  ExecuteOptions,
  OpenedResult,
  QueryService,
} from './query-service';

export interface Call {
  method: string;
  ctx: CallContext;
  target?: Target;
  args: unknown[];
}

/** A tablet in memory that writes down what it is asked; statements choose what it answers. */
export class FakeTablet implements QueryService {
  readonly calls: Call[] = [];
  /** Streams that are still being produced. */
  openStreams = 0;
  closed = false;

  async execute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): Promise<Result> {
    this.note('execute', ctx, target, query, ids, options);
    return this.answer(ctx, query.sql);
  }

  async *streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): AsyncIterable<Result> {
    this.note('streamExecute', ctx, target, query, ids, options);
    this.openStreams++;
    try {
      if (query.sql === 'endless') {
        for (let i = 0; !ctx.signal?.aborted; i++) {
          yield rows([[Buffer.from(String(i))]]);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return;
      }
      const result = await this.answer(ctx, query.sql);
      yield { ...result, rows: RowBatch.empty(result.fields.length) };
      for (let i = 0; i < result.rows.length; i++) yield { ...result, rows: result.rows.slice(i, i + 1) };
    } finally {
      this.openStreams--;
    }
  }

  async begin(ctx: CallContext, target: Target, options?: ExecuteOptions): Promise<OpenedResult> {
    this.note('begin', ctx, target, options);
    if (options?.WorkloadName === 'refuse') throw new VtError(Code.RESOURCE_EXHAUSTED, 'pool is full');
    return this.opened(11n, 0n);
  }

  async beginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    reservedId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    this.note('beginExecute', ctx, target, preQueries, query, reservedId, options);
    return this.openedWith(ctx, query, 12n, reservedId);
  }

  async commit(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    this.note('commit', ctx, target, transactionId);
    return 77n;
  }

  async rollback(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    this.note('rollback', ctx, target, transactionId);
    return 0n;
  }

  async reserveExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    transactionId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    this.note('reserveExecute', ctx, target, preQueries, query, transactionId, options);
    return this.openedWith(ctx, query, transactionId, 21n);
  }

  async reserveBeginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    postBeginQueries: readonly string[],
    query: BoundQuery,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    this.note('reserveBeginExecute', ctx, target, preQueries, postBeginQueries, query, options);
    return this.openedWith(ctx, query, 31n, 31n);
  }

  async release(ctx: CallContext, target: Target, ids: ConnectionIds): Promise<void> {
    this.note('release', ctx, target, ids);
  }

  async *getSchema(
    ctx: CallContext,
    target: Target,
    tableType: SchemaTableType,
    tableNames: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    this.note('getSchema', ctx, target, tableType, tableNames);
    yield GetSchemaResponse.fromPartial({
      tableDefinition: { t: 'create table t' },
      tables: {
        t: { columns: [{ name: 'id', type: Type.INT64, columnType: 'bigint(20)' }], primaryKey: ['id'] },
      },
    });
  }

  async *streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    this.note('streamHealth', ctx);
    this.openStreams++;
    try {
      for (let i = 1n; !ctx.signal?.aborted; i++) {
        yield StreamHealthResponse.fromPartial({
          target: { keyspace: 'ks', shard: '0', tabletType: TabletType.PRIMARY },
          serving: true,
          primaryTermStartTimestamp: i,
        });
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.openStreams--;
    }
  }

  readonly atomic: AtomicCommit = new AtomicCommitCalls(async (name, ctx, request) => {
    const { target, ...rest } = request as { target: Target; dtid?: string };
    this.note(name, ctx, target, rest);
    if (rest.dtid === 'refuse') throw new VtError(Code.FAILED_PRECONDITION, 'it is committed');
    return atomicAnswers[name] as never;
  });

  async close(): Promise<void> {
    this.closed = true;
  }

  private async answer(ctx: CallContext, sql: string): Promise<Result> {
    if (sql === 'duplicate') throw new SqlError(1062, '23000', "Duplicate entry '1' for key 'PRIMARY'");
    if (sql === 'not serving')
      throw new VtError(Code.CLUSTER_EVENT, 'operation not allowed in state NOT_SERVING');
    if (sql === 'catalogue') throw new VtError(Code.NOT_FOUND, 'unknown database', { id: 'VT05003' });
    if (sql === 'bug') throw new TypeError('x is undefined');
    if (sql === 'long error') throw new SqlError(1064, '42000', 'x'.repeat(100_000));
    if (sql === 'hang') await untilAborted(ctx);
    if (sql === 'write') {
      return emptyResult({
        rowsAffected: 3n,
        insertId: 9007199254740993n,
        info: 'Records: 3',
        warnings: 1,
        warningList: [{ level: 'Note', code: 1051, message: 'Unknown table' }],
        statusFlags: 2,
      });
    }
    return rows([[Buffer.from('1')], [null], [Buffer.from([0, 255])]]);
  }

  private async openedWith(
    ctx: CallContext,
    query: BoundQuery,
    transactionId: bigint,
    reservedId: bigint,
  ): Promise<OpenedResult> {
    try {
      return { ...this.opened(transactionId, reservedId), result: await this.answer(ctx, query.sql) };
    } catch (error) {
      return { ...this.opened(transactionId, reservedId), error: error as Error };
    }
  }

  private opened(transactionId: bigint, reservedId: bigint): OpenedResult {
    return { transactionId, reservedId, tabletAlias: { cell: 'zone1', uid: 100 }, sessionStateChanges: '' };
  }

  private note(method: string, ctx: CallContext, target?: Target, ...args: unknown[]): void {
    this.calls.push({ method, ctx, target, args });
  }
}

const transaction = {
  dtid: 'ks:0:7',
  state: TransactionState.COMMIT,
  timeCreated: 9007199254740993n,
  participants: [{ keyspace: 'ks', shard: '80-', tabletType: TabletType.PRIMARY, cell: '' }],
};

/** What the fake says to each call of a commit over several shards. */
export const atomicAnswers: { [N in AtomicRpc]: AtomicRpcs[N][1] } = {
  prepare: {},
  commitPrepared: {},
  rollbackPrepared: {},
  createTransaction: {},
  startCommit: { state: StartCommitState.Success },
  setRollback: {},
  concludeTransaction: {},
  readTransaction: { metadata: transaction },
  unresolvedTransactions: { transactions: [transaction, { ...transaction, dtid: 'ks:0:8' }] },
  lockWaits: { waits: [{ waiting: 'a', blocking: 'b' }] },
};

function rows(values: Row[]): Result {
  const fields = [makeField('a', Type.VARBINARY, { columnType: 'varbinary(10)', flags: 128 })];
  return { ...emptyResult(), fields, rows: RowBatch.from(1, values) };
}

async function untilAborted(ctx: CallContext): Promise<never> {
  const signal = ctx.signal as AbortSignal;
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw abortedError(signal);
}
