import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { int64BindVariable, listBindVariable, Type, type Result } from '@vitess-ts/sqltypes';
import { SchemaTableType, StartCommitState, type Target } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import { noConnection, type QueryService } from './query-service';
import { FakeTablet } from './fake-tablet.contract';

const target: Target = { keyspace: 'ks', shard: '-80', tabletType: TabletType.PRIMARY, cell: '' };
const query = (
  sql: string,
): { sql: string; bindVariables: object } & Parameters<QueryService['execute']>[2] => ({
  sql,
  bindVariables: {},
});

export interface Carried {
  service: QueryService;
  close(): Promise<void>;
}

/** What every way to a tablet must keep, whatever carries it. */
export function describeQueryService(name: string, carry: (tablet: QueryService) => Promise<Carried>): void {
  describe(name, () => {
    let tablet: FakeTablet;
    let carried: Carried;
    let service: QueryService;

    beforeEach(async () => {
      tablet = new FakeTablet();
      carried = await carry(tablet);
      service = carried.service;
    });
    afterEach(() => carried.close());

    it('carries a statement, its bind variables, ids and options', async () => {
      const bindVariables = {
        id: int64BindVariable(9223372036854775807n),
        list: listBindVariable([{ type: Type.VARBINARY, value: Buffer.from([0, 200]) }]),
      };
      await service.execute(
        { effectiveCallerId: { principal: 'u', component: '', subcomponent: '', groups: ['g'] } },
        target,
        { sql: 'select', bindVariables },
        { transactionId: 5n, reservedId: 6n },
        { clientFoundRows: true },
      );
      const [call] = tablet.calls;
      expect(call.target).toEqual(target);
      expect(call.ctx.effectiveCallerId).toMatchObject({ principal: 'u', groups: ['g'] });
      const [bound, ids, options] = call.args as [typeof query, unknown, object];
      expect(bound).toMatchObject({ sql: 'select' });
      expect(JSON.stringify(bound, bigintText)).toContain(Buffer.from([0, 200]).toJSON().data.join(','));
      expect(ids).toMatchObject({ transactionId: 5n, reservedId: 6n });
      expect(options).toMatchObject({ clientFoundRows: true });
    });

    it('carries the calls of a commit over several shards', async () => {
      const { atomic } = service;
      await atomic.prepare({}, target, 7n, 'ks:0:7');
      await atomic.commitPrepared({}, target, 'ks:0:7');
      await atomic.rollbackPrepared({}, target, 'ks:0:7', 8n);
      await atomic.createTransaction({}, target, 'ks:0:7', [{ ...target, shard: '80-' }]);
      expect(await atomic.startCommit({}, target, 7n, 'ks:0:7')).toBe(StartCommitState.Success);
      await atomic.concludeTransaction({}, target, 'ks:0:7');
      expect(await atomic.readTransaction({}, target, 'ks:0:7')).toMatchObject({
        dtid: 'ks:0:7',
        timeCreated: 9007199254740993n,
        participants: [{ shard: '80-' }],
      });
      expect((await atomic.unresolvedTransactions({}, target, 5)).map((t) => t.dtid)).toEqual([
        'ks:0:7',
        'ks:0:8',
      ]);
      await expect(atomic.setRollback({}, target, 'refuse', 9n)).rejects.toMatchObject({
        code: Code.FAILED_PRECONDITION,
        message: 'it is committed',
      });
      expect(tablet.calls.map((c) => c.method)).toEqual([
        'prepare',
        'commitPrepared',
        'rollbackPrepared',
        'createTransaction',
        'startCommit',
        'concludeTransaction',
        'readTransaction',
        'unresolvedTransactions',
        'setRollback',
      ]);
      expect(tablet.calls.every((c) => c.target?.shard === '-80')).toBe(true);
      expect(tablet.calls[0].args).toMatchObject([{ transactionId: 7n, dtid: 'ks:0:7' }]);
      expect(tablet.calls[7].args).toMatchObject([{ abandonAge: 5n }]);
    });

    it('gives rows byte for byte, NULL apart from empty', async () => {
      const result = await service.execute({}, target, query('select'), noConnection);
      expect(result.fields).toMatchObject([
        { name: 'a', type: Type.VARBINARY, columnType: 'varbinary(10)', flags: 128 },
      ]);
      expect(result.rows.rows()).toEqual([[Buffer.from('1')], [null], [Buffer.from([0, 255])]]);
    });

    it('gives counts, info, warnings and status of a write', async () => {
      const result = await service.execute({}, target, query('write'), noConnection);
      expect(result).toMatchObject({
        fields: [],
        rowsAffected: 3n,
        insertId: 9007199254740993n,
        info: 'Records: 3',
        warnings: 1,
        warningList: [{ level: 'Note', code: 1051, message: 'Unknown table' }],
        statusFlags: 2,
      });
    });

    it('gives what MySQL said unchanged', async () => {
      const error = await failure(service.execute({}, target, query('duplicate'), noConnection));
      expect(error).toBeInstanceOf(SqlError);
      expect(error).toMatchObject({
        errno: 1062,
        sqlstate: '23000',
        message: "Duplicate entry '1' for key 'PRIMARY'",
        code: Code.ALREADY_EXISTS,
      });
    });

    it('gives codes of ours and catalogue ids', async () => {
      const error = await failure(service.execute({}, target, query('not serving'), noConnection));
      expect(error).toBeInstanceOf(VtError);
      expect(error).toMatchObject({
        code: Code.CLUSTER_EVENT,
        message: 'operation not allowed in state NOT_SERVING',
      });
      expect(await failure(service.execute({}, target, query('catalogue'), noConnection))).toMatchObject({
        code: Code.NOT_FOUND,
        id: 'VT05003',
        message: 'VT05003: unknown database',
      });
    });

    it('keeps errno and sqlstate of an error with a very long text', async () => {
      const error = await failure(service.execute({}, target, query('long error'), noConnection));
      expect(error).toMatchObject({ errno: 1064, sqlstate: '42000' });
    });

    it('cancels a statement when its signal aborts', async () => {
      const abort = new AbortController();
      const running = failure(service.execute({ signal: abort.signal }, target, query('hang'), noConnection));
      await until(() => tablet.calls.length === 1);
      abort.abort();
      expect(await running).toMatchObject({ code: Code.CANCELED });
      await until(() => tablet.calls[0].ctx.signal?.aborted === true);
    });

    it('streams: fields first, then rows', async () => {
      const results: Result[] = [];
      for await (const r of service.streamExecute({}, target, query('select'), noConnection)) results.push(r);
      expect(results[0].fields).toHaveLength(1);
      expect(results.flatMap((r) => r.rows.rows())).toEqual([
        [Buffer.from('1')],
        [null],
        [Buffer.from([0, 255])],
      ]);
    });

    it('ends the tablet side of a stream that is left early', async () => {
      for await (const r of service.streamExecute({}, target, query('endless'), noConnection)) {
        if (r.rows.value(0, 0)?.toString() === '3') break;
      }
      await until(() => tablet.openStreams === 0);
    });

    it('gives the error of a stream', async () => {
      const read = async (): Promise<void> => {
        for await (const _ of service.streamExecute({}, target, query('duplicate'), noConnection)) continue;
      };
      expect(await failure(read())).toMatchObject({ errno: 1062 });
    });

    it('begins, commits and rolls back', async () => {
      const opened = await service.begin({}, target, { transactionAccessMode: [2] });
      expect(opened).toMatchObject({ transactionId: 11n, tabletAlias: { cell: 'zone1', uid: 100 } });
      expect(await service.commit({}, target, 11n)).toBe(77n);
      expect(await service.rollback({}, target, 12n)).toBe(0n);
      expect(tablet.calls.map((c) => c.method)).toEqual(['begin', 'commit', 'rollback']);
      expect(tablet.calls[1].args).toEqual([11n]);
    });

    it('rejects a begin that is refused', async () => {
      const error = await failure(service.begin({}, target, { WorkloadName: 'refuse' }));
      expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, message: 'pool is full' });
    });

    it('gives ids also when the statement after an opening failed', async () => {
      const begun = await service.beginExecute({}, target, ['savepoint a'], query('duplicate'), 0n);
      expect(begun).toMatchObject({ transactionId: 12n, error: { errno: 1062 } });
      expect(begun.result).toBeUndefined();
      const reserved = await service.reserveExecute({}, target, ['set x'], query('duplicate'), 5n);
      expect(reserved).toMatchObject({ reservedId: 21n, transactionId: 5n, error: { errno: 1062 } });
      const both = await service.reserveBeginExecute({}, target, ['set x'], ['savepoint a'], query('select'));
      expect(both).toMatchObject({ reservedId: 31n, transactionId: 31n });
      expect(both.result?.rows.length).toBe(3);
      expect(tablet.calls.map((c) => c.args[0])).toEqual([['savepoint a'], ['set x'], ['set x']]);
    });

    it('releases', async () => {
      await service.release({}, target, { transactionId: 1n, reservedId: 2n });
      expect(tablet.calls[0].args[0]).toMatchObject({ transactionId: 1n, reservedId: 2n });
    });

    it('gives schemas', async () => {
      for await (const schema of service.getSchema({}, target, SchemaTableType.TABLES, ['t'])) {
        expect(schema.tableDefinition).toEqual({ t: 'create table t' });
        expect(schema.tables['t']).toMatchObject({
          primaryKey: ['id'],
          columns: [{ name: 'id', type: Type.INT64 }],
        });
      }
      expect(tablet.calls[0].args).toEqual([SchemaTableType.TABLES, ['t']]);
    });

    it('streams health until the reader stops', async () => {
      let heard = 0n;
      for await (const health of service.streamHealth({})) {
        heard = health.primaryTermStartTimestamp;
        if (heard === 3n) break;
      }
      expect(heard).toBe(3n);
      await until(() => tablet.openStreams === 0);
    });
  });
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error,
  );
}

/** Polls until true; fails after five seconds. */
async function until(done: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!done()) {
    if (Date.now() > deadline) throw new Error('condition did not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const bigintText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;
