import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { keyRangeOfShard } from '@vitess-ts/key';
import { StartCommitState, TransactionState, type Target } from '@vitess-ts/proto/query';
import { TabletType, type TabletAlias } from '@vitess-ts/proto/topodata';
import type {
  AtomicCommit,
  BoundQuery,
  ConnectionIds,
  OpenedResult,
  QueryService,
} from '@vitess-ts/queryservice';
import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import type { ChosenTablet, Gateway } from './gateway';

/** One shard call as a test sees it: `-80: begin`, `-80: insert .. [tx 1]`. */
export type Call = string;

/**
 * Shards in memory for tests of the executor: they run nothing, write down every call in order and fail where the test
 * says so.
 */
export class FakeShards {
  readonly calls: Call[] = [];
  /** Error for the next call on a shard whose text contains the key. */
  readonly failures: { shard: string; text: string; error: Error }[] = [];
  private nextId = 1n;
  private readonly services: Map<string, QueryService>;

  constructor(private readonly shards: readonly string[]) {
    this.services = new Map(shards.map((shard) => [shard, this.service(shard)]));
  }

  failNext(shard: string, text: string, error: Error): void {
    this.failures.push({ shard, text, error });
  }

  gateway(): Gateway {
    return {
      keyspaces: () => ['ks'],
      shards: () => this.shards.map((name) => ({ name, keyRange: keyRangeOfShard(name) })),
      choose: (target: Target) => Promise.resolve(this.chosen(target.shard)),
      byAlias: (alias: TabletAlias) => this.chosen(this.shards[alias.uid]),
      tablets: () => [],
    };
  }

  private chosen(shard: string): ChosenTablet {
    return { alias: { cell: 'zone1', uid: this.shards.indexOf(shard) }, service: this.services.get(shard)! };
  }

  private note(shard: string, text: string): void {
    this.calls.push(`${shard}: ${text}`);
    const at = this.failures.findIndex((f) => f.shard === shard && text.includes(f.text));
    if (at >= 0) throw this.failures.splice(at, 1)[0].error;
  }

  private service(shard: string): QueryService {
    const unused = (): never => {
      throw new VtError(Code.INTERNAL, 'not part of this test');
    };
    const run = (query: BoundQuery, ids: ConnectionIds): Result => {
      const where =
        ids.transactionId !== 0n ? ` [tx ${ids.transactionId}]` : ids.reservedId !== 0n ? ` [reserved]` : '';
      this.note(shard, `${query.sql}${where}`);
      return emptyResult({ rowsAffected: 1n });
    };
    const opened = (ids: { transactionId: bigint; reservedId: bigint }, query: BoundQuery): OpenedResult => {
      try {
        return { ...ids, sessionStateChanges: '', result: run(query, ids) };
      } catch (error) {
        return { ...ids, sessionStateChanges: '', error: error as Error };
      }
    };
    return {
      execute: (_ctx, _target, query, ids) => Promise.resolve().then(() => run(query, ids)),
      streamExecute: async function* (_ctx, _target, query, ids) {
        await Promise.resolve();
        yield run(query, ids);
      },
      begin: unused,
      beginExecute: (_ctx, _target, preQueries, query, reservedId) =>
        Promise.resolve().then(() => {
          this.note(shard, ['begin', ...preQueries].join('; '));
          return opened({ transactionId: this.nextId++, reservedId }, query);
        }),
      commit: (_ctx, _target, id) => Promise.resolve().then(() => (this.note(shard, `commit ${id}`), 0n)),
      rollback: (_ctx, _target, id) => Promise.resolve().then(() => (this.note(shard, `rollback ${id}`), 0n)),
      reserveExecute: (_ctx, _target, settings, query, transactionId) =>
        Promise.resolve().then(() => {
          this.note(shard, ['reserve', ...settings].join('; '));
          return opened({ transactionId, reservedId: this.nextId++ }, query);
        }),
      reserveBeginExecute: (_ctx, _target, settings, savepoints, query) =>
        Promise.resolve().then(() => {
          this.note(shard, ['reserve', ...settings, 'begin', ...savepoints].join('; '));
          const id = this.nextId++;
          return opened({ transactionId: id, reservedId: id }, query);
        }),
      release: (_ctx, _target, ids) =>
        Promise.resolve().then(() => this.note(shard, `release ${ids.reservedId}`)),
      getSchema: unused,
      streamHealth: unused,
      atomic: this.atomic(shard),
      close: () => Promise.resolve(),
    };
  }

  /** The decisions of distributed transactions, as their shards would keep them. */
  readonly decisions = new Map<string, 'prepare' | 'commit' | 'rollback'>();

  private atomic(shard: string): AtomicCommit {
    const noted = async <T>(text: string, then: () => T): Promise<T> => {
      await Promise.resolve();
      this.note(shard, text);
      return then();
    };
    return {
      prepare: (_c, _t, id, dtid) => noted(`prepare ${id} ${dtid}`, () => undefined),
      commitPrepared: (_c, _t, dtid) => noted(`commit prepared ${dtid}`, () => undefined),
      rollbackPrepared: (_c, _t, dtid, id) => noted(`rollback prepared ${dtid} ${id}`, () => undefined),
      createTransaction: (_c, _t, dtid, participants) =>
        noted(`create ${dtid} ${participants.map((p) => p.shard).join()}`, () => {
          this.decisions.set(dtid, 'prepare');
        }),
      startCommit: (_c, _t, id, dtid) =>
        noted(`start commit ${id} ${dtid}`, () => {
          if (this.decisions.get(dtid) !== 'prepare') return StartCommitState.Fail;
          this.decisions.set(dtid, 'commit');
          return StartCommitState.Success;
        }),
      setRollback: (_c, _t, dtid, id) =>
        noted(`set rollback ${dtid} ${id}`, () => {
          const decision = this.decisions.get(dtid);
          if (decision === 'commit') throw new VtError(Code.FAILED_PRECONDITION, 'it is committed');
          if (decision === undefined) throw new VtError(Code.NOT_FOUND, 'it is not known');
          this.decisions.set(dtid, 'rollback');
        }),
      concludeTransaction: (_c, _t, dtid) =>
        noted(`conclude ${dtid}`, () => {
          this.decisions.delete(dtid);
        }),
      readTransaction: () => Promise.resolve(undefined),
      unresolvedTransactions: () =>
        noted('unresolved', () =>
          [...this.decisions].map(([dtid, decision]) => ({
            dtid,
            state: states[decision],
            timeCreated: 0n,
            participants: this.shards
              .filter((name) => !dtid.includes(`:${name}:`))
              .map((name) => ({ keyspace: 'ks', shard: name, tabletType: TabletType.PRIMARY, cell: '' })),
          })),
        ),
      lockWaits: () => Promise.resolve([...this.lockWaits]),
    };
  }

  /** What every shard says of lock waits. */
  readonly lockWaits: { waiting: string; blocking: string }[] = [];
}

const states = {
  prepare: TransactionState.PREPARE,
  commit: TransactionState.COMMIT,
  rollback: TransactionState.ROLLBACK,
} as const;

export const duplicateKey = (): SqlError =>
  new SqlError(1062, '23000', "Duplicate entry '1' for key 'PRIMARY'");
export const deadlock = (): SqlError => new SqlError(1213, '40001', 'Deadlock found when trying to get lock');
export const lostConnection = (): SqlError =>
  new SqlError(2013, 'HY000', 'Lost connection to MySQL server during query');
