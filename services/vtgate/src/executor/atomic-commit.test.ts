import { TabletType } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { newSession, type Session } from '../session/session';
import { FakeShards, lostConnection } from './fake-shards.contract';
import { ShardConnections } from './shard-connections';
import { StatementRunner } from './statement-runner';
import { TransactionResolver } from './transaction-resolver';
import { Transactions } from './transactions';

const signal = new AbortController().signal;
const call = { signal };

/** One session with transaction_mode TWOPC over shards `-40`, `40-80` and `80-`. */
class Harness {
  readonly shards = new FakeShards(['-40', '40-80', '80-']);
  readonly gateway = this.shards.gateway();
  readonly transactions = new Transactions(this.gateway);
  readonly errors: Error[] = [];
  readonly resolver = new TransactionResolver(this.gateway, (error) => void this.errors.push(error));
  readonly session: Session = newSession({ transactionMode: 'TWOPC' });
  private readonly runner = new StatementRunner(this.transactions);

  async run(sql: string, shards: readonly string[], isDml = true): Promise<void> {
    const shape = { tabletType: TabletType.PRIMARY, call, inTransaction: true, settings: [] };
    const targets = shards.map((shard) => ({ keyspace: 'ks', shard }));
    const queries = shards.map(() => ({ sql, bindVariables: {} }));
    const connections = new ShardConnections(this.session, this.gateway);
    const how = { isDml, canAutocommit: false };
    await this.runner.write(this.session, call, shards.length === 1, async function* () {
      yield* await connections.execute(shape, targets, queries, how, signal);
    });
  }

  begin(): void {
    this.transactions.begin(this.session, {});
  }

  commit(): Promise<void> {
    return this.transactions.commit(this.session, call);
  }

  /** Calls that belong to the commit, without what is done behind the client's back. */
  get steps(): string[] {
    return this.shards.calls.filter((c) => /create|prepare|commit|rollback|conclude/.test(c));
  }
}

const dtid = 'ks:-40:1';

async function threeWriters(): Promise<Harness> {
  const h = new Harness();
  h.begin();
  await h.run('insert', ['-40']);
  await h.run('insert', ['40-80', '80-']);
  h.shards.calls.length = 0;
  return h;
}

test('all prepare before the first shard decides, and commit after it', async () => {
  const h = await threeWriters();
  await h.commit();
  expect(h.steps).toEqual([
    `-40: create ${dtid} 40-80,80-`,
    `40-80: prepare 2 ${dtid}`,
    `80-: prepare 3 ${dtid}`,
    `-40: start commit 1 ${dtid}`,
    `40-80: commit prepared ${dtid}`,
    `80-: commit prepared ${dtid}`,
    `-40: conclude ${dtid}`,
  ]);
  expect(h.session).toMatchObject({ inTransaction: false, shardSessions: [], warnings: [] });
});

test('a transaction that wrote on one shard commits there alone, after what has only read', async () => {
  const h = new Harness();
  h.begin();
  await h.run('insert', ['40-80']);
  await h.run('select', ['-40'], false);
  h.shards.calls.length = 0;
  await h.commit();
  expect(h.steps).toEqual(['40-80: commit 1', '-40: commit 2']);
});

test('a shard that cannot prepare rolls back all', async () => {
  const h = await threeWriters();
  h.shards.failNext('80-', 'prepare', new VtError(Code.FAILED_PRECONDITION, 'it has RAND()'));
  await expect(h.commit()).rejects.toThrow(/rolled back on all shards: it has RAND/);
  expect(h.steps).not.toContain(`-40: start commit 1 ${dtid}`);
  expect(h.steps.filter((c) => c.includes('commit'))).toEqual([]);
  expect(h.steps).toContain(`-40: set rollback ${dtid} 1`);
  expect(h.steps).toContain(`40-80: rollback prepared ${dtid} 2`);
  expect(h.steps).toContain(`80-: rollback prepared ${dtid} 3`);
  expect(h.session).toMatchObject({ inTransaction: false, shardSessions: [] });
});

test('a record that cannot be made rolls back all', async () => {
  const h = await threeWriters();
  h.shards.failNext('-40', 'create', lostConnection());
  await expect(h.commit()).rejects.toMatchObject({
    errno: 2013,
    message: expect.stringMatching(/rolled back/) as string,
  });
  expect(h.steps.slice(1).sort()).toEqual(['-40: rollback 1', '40-80: rollback 2', '80-: rollback 3']);
});

test('a decision whose answer is lost is asked for, and holds when it fell for commit', async () => {
  const h = await threeWriters();
  h.shards.failNext('-40', 'start commit', lostConnection());
  h.shards.failNext('-40', 'set rollback', new VtError(Code.FAILED_PRECONDITION, 'it is committed'));
  await h.commit();
  expect(h.steps).toContain(`80-: commit prepared ${dtid}`);
});

test('a decision whose answer is lost, and that had not fallen, is to roll back', async () => {
  const h = await threeWriters();
  h.shards.failNext('-40', 'start commit', lostConnection());
  await expect(h.commit()).rejects.toThrow(/rolled back/);
  expect(h.steps).toContain(`80-: rollback prepared ${dtid} 3`);
  expect(h.steps.some((c) => c.includes('commit prepared'))).toBe(false);
});

test('when nobody knows the decision any more the client is told so', async () => {
  const h = await threeWriters();
  h.shards.failNext('-40', 'start commit', lostConnection());
  h.shards.failNext('-40', 'set rollback', new VtError(Code.NOT_FOUND, 'not known'));
  await expect(h.commit()).rejects.toMatchObject({ sqlstate: '08007' });
  expect(h.steps.some((c) => c.includes('prepared'))).toBe(false);
});

test('a shard that commits late does not hold up the truth', async () => {
  const h = await threeWriters();
  h.shards.failNext('80-', 'commit prepared', lostConnection());
  await h.commit();
  expect(h.steps.filter((c) => c === `80-: commit prepared ${dtid}`).length).toBe(2);
});

describe('the resolver', () => {
  test.each([
    ['prepare', ['set rollback', 'rollback prepared', 'rollback prepared', 'conclude']],
    ['rollback', ['rollback prepared', 'rollback prepared', 'conclude']],
    ['commit', ['commit prepared', 'commit prepared', 'conclude']],
  ] as const)('ends a transaction in state %s', async (decision, expected) => {
    const h = new Harness();
    h.shards.decisions.set(dtid, decision);
    h.resolver.resolveShard('ks', '-40');
    await h.resolver.idle();
    expect(h.errors).toEqual([]);
    expect(h.steps.map((c) => c.replace(/^\S+: /, '').split(' ks:')[0])).toEqual(expected);
  });
});
