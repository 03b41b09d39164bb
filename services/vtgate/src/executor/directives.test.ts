import { VSchema, srvVSchemaFromJson } from '@vitess-ts/vindexes';
import { emptyResult, makeField, type Result } from '@vitess-ts/sqltypes';
import { buildExecutor } from '../build-executor';
import { defaultLimits } from '../gate-limits';
import { buildPlan } from '../planner/build-plan';
import { newSession, type Session } from '../session/session';
import { directivesOf, noDirectives } from './directives';
import { FakeShards, duplicateKey } from './fake-shards.contract';
import { tolerantStreams } from './tolerant-streams';

describe('directivesOf', () => {
  it('reads comments behind the verb, and nothing else', () => {
    expect(directivesOf('select 1', {})).toBe(noDirectives);
    expect(directivesOf("select '/*vt+ ALLOW_SCATTER */'", {})).toBe(noDirectives);
    expect(
      directivesOf(
        'select /*vt+ QUERY_TIMEOUT_MS=50 ALLOW_SCATTER=1 PRIORITY=7 WORKLOAD_NAME="a b" CONSOLIDATOR=enabled_replicas */ 1',
        {},
      ),
    ).toMatchObject({
      queryTimeoutMs: 50,
      allowScatter: true,
      skipPlanCache: false,
      tablet: { priority: '7', WorkloadName: 'a b', consolidator: 3 },
    });
    expect(directivesOf('select /*vt+ ALLOW_SCATTER=0 MULTI_SHARD_AUTOCOMMIT=false */ 1', {})).toMatchObject({
      allowScatter: false,
      multiShardAutocommit: false,
    });
  });

  it.each(['QUERY_TIMEOUT_MS=-1', 'QUERY_TIMEOUT_MS=1.5', 'PRIORITY=101', 'CONSOLIDATOR=x'])(
    'refuses %s',
    (text) => {
      expect(() => directivesOf(`select /*vt+ ${text} */ 1`, {})).toThrow(text.split('=')[0]);
    },
  );
});

/** A gate over fake shards `-80` and `80-` of the keyspace `ks`. */
class Harness {
  readonly shards = new FakeShards(['-80', '80-']);
  readonly session: Session = newSession();
  private readonly built;

  constructor(noScatter = false) {
    const vschema = VSchema.build(
      srvVSchemaFromJson(
        JSON.stringify({
          keyspaces: {
            ks: {
              sharded: true,
              vindexes: { hash: { type: 'hash' } },
              tables: { t: { column_vindexes: [{ column: 'id', name: 'hash' }] } },
            },
          },
        }),
      ),
    );
    this.session.target = { ...this.session.target, keyspace: 'ks' };
    this.built = buildExecutor({
      ...defaultLimits,
      noScatter,
      scratch: { maxRows: 1, maxBytes: 1, maxConcurrent: 1 },
      spill: { directory: '', maxBytes: 0 },
      gateway: this.shards.gateway(),
      schema: { current: () => ({ vschema, version: 1 }), refresh: () => Promise.resolve() },
      vschemas: { change: () => Promise.reject(new Error('not part of this test')) },
      vschemaUsers: [],
      buildPlan,
      flavor: 'mariadb',
      serverVersion: '10.11.0-MariaDB',
      socket: '',
      observer: { started: () => undefined, ended: () => undefined },
      onResolverError: () => undefined,
      transactionObserver: {
        committed: () => undefined,
        partlyCommitted: () => undefined,
        committedAtomically: () => undefined,
        outcomeUnknown: () => undefined,
        lost: () => undefined,
        leftToResolver: () => undefined,
        deadlockVictim: () => undefined,
      },
    });
  }

  get cached(): number {
    return this.built.planned.cache.stats.size;
  }

  async run(sql: string): Promise<void> {
    const { signal } = new AbortController();
    const results = this.built.executor.execute(this.session, sql, {}, { signal });
    while (!(await results.next()).done);
  }
}

describe('--no-scatter', () => {
  it('refuses what reaches all shards, unless it says ALLOW_SCATTER', async () => {
    const h = new Harness(true);
    await h.run('select id from t where id = 1');
    await expect(h.run('select id from t')).rejects.toThrow(/no_scatter/);
    await expect(h.run('update t set a = 1')).rejects.toThrow(/no_scatter/);
    await expect(h.run('select id from t where a > 1 limit 3')).rejects.toThrow(/no_scatter/);
    const before = h.shards.calls.length;
    await h.run('delete /*vt+ ALLOW_SCATTER */ from t');
    expect(h.shards.calls.length).toBeGreaterThan(before);
  });
});

describe('MULTI_SHARD_AUTOCOMMIT', () => {
  it('commits on each shard by itself, outside of transactions', async () => {
    const h = new Harness();
    await h.run('delete /*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ from t');
    expect(h.shards.calls.map((call) => call.replace(/set .* for /, ''))).toEqual([
      '-80: delete /*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ from t',
      '80-: delete /*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ from t',
    ]);
    h.shards.calls.length = 0;
    await h.run('begin');
    await h.run('delete /*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ from t');
    expect(h.shards.calls.filter((call) => call.includes('begin'))).toHaveLength(2);
  });
});

describe('SKIP_QUERY_PLAN_CACHE', () => {
  it('keeps no plan', async () => {
    const h = new Harness();
    await h.run('delete /*vt+ SKIP_QUERY_PLAN_CACHE=1 */ from t where id = 1');
    expect(h.cached).toBe(0);
    await h.run('delete from t where id = 1');
    expect(h.cached).toBe(1);
  });
});

describe('the time of a statement', () => {
  it('is sent to several shards, and left to one', async () => {
    const h = new Harness();
    const timed = (): number =>
      h.shards.calls.filter((call) => call.includes('set statement timestamp')).length;
    await h.run('update t set a = now() where id = 1');
    await h.run('select id from t').catch(() => undefined);
    expect(timed()).toBe(0);
    await h.run('update t set a = 1');
    expect(timed()).toBe(2);
  });
});

describe('tolerantStreams', () => {
  const fields = [makeField('a', 265)];
  async function* good(): AsyncGenerator<Result> {
    yield emptyResult({ fields });
    yield emptyResult({ rowsAffected: 1n });
  }
  async function* bad(): AsyncGenerator<Result> {
    throw duplicateKey();
  }
  async function* late(): AsyncGenerator<Result> {
    yield* good();
    throw duplicateKey();
  }
  const read = async (stream: AsyncIterable<Result>): Promise<Result[]> => {
    const results: Result[] = [];
    for await (const result of stream) results.push(result);
    return results;
  };

  it('goes without the streams that fail', async () => {
    const errors: number[] = [];
    const streams = tolerantStreams([bad(), good(), late()], (i) => errors.push(i));
    const [first, second, third] = await Promise.all(streams.map(read));
    expect(first).toMatchObject([{ fields }]);
    expect(second).toHaveLength(2);
    expect(third).toHaveLength(2);
    expect(errors.sort()).toEqual([0, 2]);
  });

  it('fails when all do', async () => {
    const streams = tolerantStreams([bad(), bad()], () => undefined);
    await expect(read(streams[1])).rejects.toMatchObject({ errno: 1062 });
    await expect(read(streams[0])).rejects.toMatchObject({ errno: 1062 });
  });
});
