import { NotSentError } from '@vitess-ts/queryservice';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { ResolvedShard } from '../engine/primitive';
import { newSession, type Session } from '../session/session';
import { FakeShards, deadlock, duplicateKey, lostConnection } from './fake-shards.contract';
import { ShardConnections } from './shard-connections';
import { StatementRunner } from './statement-runner';
import { Transactions } from './transactions';

const signal = new AbortController().signal;
const call = { signal };

/** Runs writes and reads of one session against fake shards `-80` and `80-`. */
class Harness {
  readonly shards = new FakeShards(['-80', '80-']);
  readonly transactions = new Transactions(this.shards.gateway());
  readonly runner = new StatementRunner(this.transactions);

  constructor(readonly session: Session = newSession()) {}

  /** `unguarded`: the plan expects one shard, whatever it turns out to reach. */
  write(sql: string, shards: readonly string[], { unguarded = shards.length === 1 } = {}): Promise<Result[]> {
    return this.runner.write(this.session, call, unguarded, (inTransaction) =>
      this.work(sql, shards, inTransaction, unguarded),
    );
  }

  begin(): void {
    this.transactions.begin(this.session, {});
  }

  commit(): Promise<void> {
    return this.transactions.commit(this.session, call);
  }

  get calls(): string[] {
    return this.shards.calls;
  }

  private async *work(sql: string, shards: readonly string[], inTransaction: boolean, unguarded: boolean) {
    const shape = { tabletType: TabletType.PRIMARY, call, inTransaction, settings: [], unguarded };
    const targets: ResolvedShard[] = shards.map((shard) => ({ keyspace: 'ks', shard }));
    const queries = shards.map(() => ({ sql, bindVariables: {} }));
    const connections = new ShardConnections(this.session, this.shards.gateway());
    const how = { isDml: true, canAutocommit: unguarded };
    yield* await connections.execute(shape, targets, queries, how, signal);
  }
}

describe('a write under autocommit', () => {
  test('on one shard is one call, without BEGIN', async () => {
    const h = new Harness();
    await h.write('insert', ['-80']);
    expect(h.calls).toEqual(['-80: insert']);
  });

  test('on two shards commits on both before it is acknowledged', async () => {
    const h = new Harness();
    await h.write('insert', ['-80', '80-']);
    expect(h.calls.slice(-2)).toEqual(['-80: commit 1', '80-: commit 2']);
    expect(h.session.inTransaction).toBe(false);
    expect(h.session.shardSessions).toEqual([]);
  });

  test('that fails on one shard is rolled back on both, and none commits', async () => {
    const h = new Harness();
    h.shards.failNext('80-', 'insert', duplicateKey());
    await expect(h.write('insert', ['-80', '80-'])).rejects.toMatchObject({ errno: 1062 });
    expect(h.calls.filter((c) => c.includes('commit'))).toEqual([]);
    expect(h.calls.filter((c) => c.includes('rollback')).sort()).toEqual([
      '-80: rollback 1',
      '80-: rollback 2',
    ]);
    expect(h.session.shardSessions).toEqual([]);
  });

  test('whose second commit fails says which shard has committed', async () => {
    const h = new Harness();
    h.shards.failNext('80-', 'commit', lostConnection());
    await expect(h.write('insert', ['-80', '80-'])).rejects.toThrow(
      /commit failed after ks\/-80 had committed; ks\/80- may have committed/,
    );
    expect(h.calls.filter((c) => c.startsWith('-80: commit')).length).toBe(1);
    expect(h.session.inTransaction).toBe(false);
  });

  test('that was sent is never sent again', async () => {
    const h = new Harness();
    h.shards.failNext('-80', 'insert', lostConnection());
    await expect(h.write('insert', ['-80'])).rejects.toMatchObject({ errno: 1158, sqlstate: '08007' });
    expect(h.calls).toEqual(['-80: insert']);
  });

  test('that was never sent is told apart from one whose outcome is unknown', async () => {
    const h = new Harness();
    const cause = new NotSentError('no connection');
    h.shards.failNext('-80', 'insert', new VtError(Code.UNAVAILABLE, 'no connection', { cause }));
    await expect(h.write('insert', ['-80'])).rejects.toMatchObject({ message: 'no connection' });
    h.shards.failNext('-80', 'insert', new VtError(Code.UNAVAILABLE, 'Connection dropped'));
    await expect(h.write('insert', ['-80'])).rejects.toMatchObject({ sqlstate: '08007' });
  });

  test('on two shards that is lost before the commit has surely not happened', async () => {
    const h = new Harness();
    h.shards.failNext('80-', 'insert', lostConnection());
    await expect(h.write('insert', ['-80', '80-'])).rejects.toMatchObject({ errno: 2013 });
  });

  test('whose only commit is lost has an unknown outcome', async () => {
    const h = new Harness();
    h.begin();
    await h.write('insert', ['-80']);
    h.shards.failNext('-80', 'commit', lostConnection());
    await expect(h.commit()).rejects.toMatchObject({
      sqlstate: '08007',
      message: expect.stringMatching(/^the outcome of the commit on ks\/-80 is unknown/) as string,
    });
    expect(h.session.inTransaction).toBe(false);
  });
});

describe('inside a transaction', () => {
  test('a shard joins with its first statement and stays on that connection', async () => {
    const h = new Harness();
    h.begin();
    await h.write('insert', ['-80']);
    await h.write('update', ['-80']);
    await h.commit();
    expect(h.calls).toEqual(['-80: begin', '-80: insert [tx 1]', '-80: update [tx 1]', '-80: commit 1']);
  });

  test('a write that fails on one of two shards is undone on both, and the transaction goes on', async () => {
    const h = new Harness();
    h.begin();
    await h.write('first', ['-80']);
    h.shards.failNext('80-', 'second', duplicateKey());
    await expect(h.write('second', ['-80', '80-'])).rejects.toMatchObject({ errno: 1062 });
    expect(h.calls).toContain('-80: savepoint _vt_statement [tx 1]');
    expect(h.calls).toContain('-80: rollback to _vt_statement [tx 1]');
    expect(h.calls).toContain('80-: rollback 2');
    await h.commit();
    expect(h.calls[h.calls.length - 1]).toBe('-80: commit 1');
    expect(h.calls.some((c) => c.startsWith('80-: commit'))).toBe(false);
  });

  test('a write for one shard that reached two and failed on one leaves only ROLLBACK', async () => {
    const h = new Harness();
    h.begin();
    h.shards.failNext('80-', 'write', duplicateKey());
    await expect(h.write('write', ['-80', '80-'], { unguarded: true })).rejects.toMatchObject({
      errno: 1062,
    });
    await expect(h.commit()).rejects.toMatchObject({ id: 'VT15001' });
    expect(h.calls.some((c) => c.includes('commit'))).toBe(false);
    expect(h.calls.filter((c) => c.includes('rollback')).length).toBe(2);
  });

  test('a write that cannot be undone leaves only ROLLBACK', async () => {
    const h = new Harness();
    h.begin();
    await h.write('first', ['-80']);
    h.shards.failNext('80-', 'second', duplicateKey());
    h.shards.failNext('-80', 'rollback to', lostConnection());
    await expect(h.write('second', ['-80', '80-'])).rejects.toMatchObject({ errno: 1062 });
    await expect(h.commit()).rejects.toMatchObject({ id: 'VT15001' });
    expect(h.calls.some((c) => c.includes('commit'))).toBe(false);
    expect(h.session.inTransaction).toBe(false);
  });

  test('a deadlock on one shard rolls back on all', async () => {
    const h = new Harness();
    h.begin();
    await h.write('first', ['-80', '80-']);
    h.shards.failNext('80-', 'second', deadlock());
    await expect(h.write('second', ['80-'])).rejects.toMatchObject({ errno: 1213 });
    expect(
      h.calls
        .filter((c) => c.includes('rollback'))
        .map((c) => c.split(':')[0])
        .sort(),
    ).toEqual(['-80', '80-']);
    expect(h.session.inTransaction).toBe(false);
  });

  test('a lost shard makes COMMIT fail and roll the others back', async () => {
    const h = new Harness();
    h.begin();
    await h.write('first', ['-80', '80-']);
    h.shards.failNext('80-', 'second', lostConnection());
    await expect(h.write('second', ['80-'])).rejects.toMatchObject({ errno: 2013 });
    await expect(h.commit()).rejects.toMatchObject({ id: 'VT15001' });
    expect(h.calls.some((c) => c.includes('commit'))).toBe(false);
    expect(h.calls.some((c) => c.startsWith('-80: rollback'))).toBe(true);
  });

  test('savepoints reach shards that join after them', async () => {
    const h = new Harness();
    h.begin();
    await h.write('first', ['-80']);
    await h.transactions.savepoint(h.session, 'a', call);
    await h.write('second', ['80-']);
    expect(h.calls).toContain('-80: savepoint a [tx 1]');
    expect(h.calls).toContain('80-: begin; savepoint a');
    await h.transactions.rollbackTo(h.session, 'A', call);
    expect(h.calls.slice(-2).sort()).toEqual(['-80: rollback to A [tx 1]', '80-: rollback to A [tx 2]']);
  });
});

describe('transaction_mode SINGLE', () => {
  test('refuses a second shard before anything is sent there, and the first one commits', async () => {
    const h = new Harness(newSession({ transactionMode: 'SINGLE' }));
    h.begin();
    await h.write('first', ['-80']);
    await expect(h.write('second', ['80-'])).rejects.toThrow(/multi-db transaction attempted/);
    expect(h.calls.some((c) => c.startsWith('80-'))).toBe(false);
    await h.commit();
    expect(h.calls[h.calls.length - 1]).toBe('-80: commit 1');
  });

  test('refuses a write of two shards under autocommit', async () => {
    const h = new Harness(newSession({ transactionMode: 'SINGLE' }));
    await expect(h.write('insert', ['-80', '80-'])).rejects.toThrow(/multi-db transaction attempted/);
    expect(h.calls).toEqual([]);
  });
});

test('autocommit=0 opens a transaction with the first statement', async () => {
  const h = new Harness(newSession({ autocommit: false }));
  await h.write('insert', ['-80']);
  expect(h.session.inTransaction).toBe(true);
  expect(h.calls[0]).toBe('-80: begin');
  await h.commit();
  expect(h.session.inTransaction).toBe(false);
});

test('a client that goes away leaves nothing open', async () => {
  const h = new Harness();
  h.begin();
  await h.write('insert', ['-80', '80-']);
  await h.transactions.releaseAll(h.session, call);
  expect(h.calls.filter((c) => c.includes('rollback')).length).toBe(2);
  expect(h.session.shardSessions).toEqual([]);
});
