import type { TabletHealth } from '@vitess-ts/discovery';
import { TabletType, type TabletAlias } from '@vitess-ts/proto/topodata';
import type { OpenedResult, QueryService } from '@vitess-ts/queryservice';
import { RowBatch, emptyResult, makeField, type Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { newSession } from '../session/session';
import { FakeShards } from './fake-shards.contract';
import type { Gateway } from './gateway';
import { ScratchConnections, type ScratchCall } from './scratch-connections';
import type { StatementShape } from './shard-connections';
import { StatementScratch } from './statement-scratch';
import { Transactions } from './transactions';

const types = { primary: TabletType.PRIMARY, replica: TabletType.REPLICA, rdonly: TabletType.RDONLY };

/** Tablets of keyspace `ks` by name; each writes down what it is asked. */
class FakeTablets {
  readonly calls: string[] = [];
  readonly errors = new Map<string, Error>();

  constructor(private readonly names: readonly (keyof typeof types)[]) {}

  gateway(): Gateway {
    return {
      keyspaces: () => ['ks'],
      shards: () => [],
      choose: () => Promise.reject(new Error('not part of this test')),
      byAlias: (alias: TabletAlias) => ({ alias, service: this.service(this.names[alias.uid]) }),
      tablets: () => this.names.map((name, uid) => this.health(name, uid)),
    };
  }

  private health(name: keyof typeof types, uid: number): TabletHealth {
    const target = { keyspace: 'ks', shard: '-', tabletType: types[name], cell: 'c' };
    return { serving: true, target, tablet: { alias: { cell: 'c', uid } } } as TabletHealth;
  }

  private service(name: string): QueryService {
    const time: Result = emptyResult({
      fields: [makeField('@@timestamp', 18)],
      rows: RowBatch.from(1, [[Buffer.from('12.5')]]),
    });
    const note = (text: string): void => void this.calls.push(`${name}: ${text}`);
    return {
      reserveExecute: async (): Promise<OpenedResult> => {
        note('open');
        const error = this.errors.get(name);
        if (error) throw error;
        return { transactionId: 0n, reservedId: 7n, sessionStateChanges: '', result: time };
      },
      execute: async (ctx: { signal?: AbortSignal }, _t: unknown, { sql }: { sql: string }) => {
        ctx.signal?.throwIfAborted();
        note(sql);
        return emptyResult();
      },
      release: async (ctx: { signal?: AbortSignal }, _t: unknown, ids: { reservedId: bigint }) => {
        ctx.signal?.throwIfAborted();
        note(`release ${ids.reservedId}`);
      },
    } as unknown as QueryService;
  }
}

const limits = { maxRows: 10, maxBytes: 10, maxConcurrent: 1 };
const callOf = (signal = new AbortController().signal): ScratchCall => ({
  call: {},
  signal,
  options: {},
  settings: [],
  onPrimary: false,
});

test.each([
  [['primary', 'rdonly', 'replica'] as const, 'replica'],
  [['primary', 'rdonly'] as const, 'rdonly'],
  [['primary'] as const, 'primary'],
])('of %j it takes the %s', async (names, expected) => {
  const tablets = new FakeTablets(names);
  const connections = new ScratchConnections(tablets.gateway(), limits);
  const connection = await connections.open(['ks'], callOf());
  expect(connection.openedAt).toBe('12.5');
  await connection.execute({ sql: 'create', bindVariables: {} });
  await Promise.all([connection.close(), connection.close()]);
  expect(tablets.calls).toEqual([`${expected}: open`, `${expected}: create`, `${expected}: release 7`]);
  expect(connections.stats).toMatchObject({ opened: 1, open: 0 });
});

test('a tablet that is not well is passed over', async () => {
  const tablets = new FakeTablets(['replica', 'primary']);
  tablets.errors.set('replica', new VtError(Code.UNAVAILABLE, 'gone'));
  const connections = new ScratchConnections(tablets.gateway(), limits);
  const connection = await connections.open(['ks'], callOf());
  expect(tablets.calls).toEqual(['replica: open', 'primary: open']);
  await connection.close();
});

test('places are limited; one that is freed serves who waits', async () => {
  const connections = new ScratchConnections(new FakeTablets(['primary']).gateway(), limits);
  const first = await connections.open(['ks'], callOf());
  const impatient = new AbortController();
  const refused = connections.open(['ks'], callOf(impatient.signal));
  impatient.abort();
  await expect(refused).rejects.toThrow();
  const second = connections.open(['ks'], callOf());
  await first.close();
  await (await second).close();
  expect(connections.stats.open).toBe(0);
});

test('a failure to open frees its place, and an aborted statement still closes', async () => {
  const tablets = new FakeTablets(['primary']);
  const connections = new ScratchConnections(tablets.gateway(), limits);
  tablets.errors.set('primary', new VtError(Code.PERMISSION_DENIED, 'no'));
  await expect(connections.open(['ks'], callOf())).rejects.toThrow('no');
  tablets.errors.clear();
  const controller = new AbortController();
  const connection = await connections.open(['ks'], callOf(controller.signal));
  controller.abort();
  await expect(connection.execute({ sql: 'x', bindVariables: {} })).rejects.toThrow();
  await connection.close();
  expect(tablets.calls.at(-1)).toBe('primary: release 7');
  expect(connections.stats.open).toBe(0);
});

describe('reads', () => {
  const shards = ['-80', '80-'].map((shard) => ({ keyspace: 'ks', shard }));
  const signal = new AbortController().signal;

  function open(rest: Partial<StatementShape>, session = newSession()) {
    const fake = new FakeShards(['-80', '80-']);
    const gateway = fake.gateway();
    const shape: StatementShape = {
      tabletType: TabletType.PRIMARY,
      call: { signal },
      inTransaction: false,
      settings: [],
      ...rest,
    };
    const transactions = new Transactions(gateway);
    const connections = new ScratchConnections(gateway, limits);
    const scratch = new StatementScratch(
      { session, gateway, transactions, connections },
      shape,
      signal,
      () => undefined,
    );
    return { fake, scratch, session };
  }

  async function drain(streams: AsyncIterable<Result>[]): Promise<void> {
    for (const stream of streams) for await (const result of stream) expect(result).toBeDefined();
  }

  const queries = shards.map(() => ({ sql: 'read', bindVariables: {} }));

  test('of several tables see one state of each shard, which the session does not know of', async () => {
    const { fake, scratch, session } = open({});
    const reads = await scratch.openReads(shards, true);
    await drain(reads.stream(shards, queries));
    await Promise.all([reads.close(), reads.close()]);
    expect(fake.calls.slice(0, 4).sort()).toEqual([
      '-80: begin',
      '-80: select 1 [tx 1]',
      '80-: begin',
      '80-: select 1 [tx 2]',
    ]);
    expect(fake.calls.slice(4, 6)).toEqual(['-80: read [tx 1]', '80-: read [tx 2]']);
    expect(fake.calls.slice(6).sort()).toEqual(['-80: rollback 1', '80-: rollback 2']);
    expect(session.shardSessions).toEqual([]);
  });

  test('a snapshot that one shard cannot give is given up on all', async () => {
    const { fake, scratch } = open({});
    fake.failNext('80-', 'select 1', new VtError(Code.UNAVAILABLE, 'gone'));
    await expect(scratch.openReads(shards, true)).rejects.toThrow('gone');
    expect(fake.calls.filter((c) => c.includes('rollback')).sort()).toEqual([
      '-80: rollback 1',
      '80-: rollback 2',
    ]);
  });

  test("inside a transaction are the session's own", async () => {
    const { fake, scratch, session } = open({ inTransaction: true }, newSession({ inTransaction: true }));
    const reads = await scratch.openReads(shards, true);
    await drain(reads.stream(shards, queries));
    await reads.close();
    expect(fake.calls.slice(4)).toEqual(['-80: read [tx 1]', '80-: read [tx 2]']);
    expect(session.shardSessions.map((s) => s.transactionId)).toEqual([1n, 2n]);
  });

  test('of one table outside transactions open nothing', async () => {
    const { fake, scratch } = open({});
    const reads = await scratch.openReads(shards, false);
    await drain(reads.stream(shards, queries));
    await reads.close();
    expect(fake.calls).toEqual(['-80: read', '80-: read']);
  });
});
