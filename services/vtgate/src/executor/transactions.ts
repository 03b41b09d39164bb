import type { LookupEntry } from '@vitess-ts/vindexes';
import { quoteName } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Target } from '@vitess-ts/proto/query';
import type { CallContext } from '@vitess-ts/queryservice';
import type { Warning } from '@vitess-ts/sqltypes';
import { released, removalsIn, rolledBack, withoutSavepoint } from '../session/pending-removals';
import type { Session, ShardSession, TransactionCharacteristics } from '../session/session';
import { MAX_WARNINGS } from '../session/warnings';
import { AtomicCommits } from './atomic-commit';
import { inCommitOrder } from './commit-order';
import type { DeadlockDetector } from './deadlock-detector';
import type { Gateway } from './gateway';
import { isConnectionLoss } from './shard-connections';
import type { TransactionObserver } from './statement-stats';
import { mayHaveRun, partialCommit, unknownOutcome } from './unknown-outcome';

/** Savepoint that guards one statement over several shards inside a transaction; never a client's name. */
const STATEMENT_SAVEPOINT = '_vt_statement';

/** What MySQL gives warnings that have no number of their own. */
const ER_UNKNOWN_ERROR = 1105;

/** Longest that ending a transaction may take on one shard. */
const END_TIMEOUT_MS = 30_000;

/**
 * Transactions of a session over its shards. Under transaction_mode TWOPC a commit is on all shards or on none. Else it
 * is best effort: shard after shard, in the order in which they joined; when a shard fails to commit after another has
 * committed, the error says which shards are committed.
 */
export class Transactions {
  /** Removes entries of lookups that no row needs any more, in transactions that commit after the rows. */
  removeUnused?: (session: Session, entries: readonly LookupEntry[], call: CallContext) => Promise<void>;

  constructor(
    private readonly gateway: Gateway,
    private readonly observer?: TransactionObserver,
    private readonly atomic: AtomicCommits = new AtomicCommits(gateway, observer),
    /** Watches statements of transactions over several shards. */
    readonly deadlocks?: DeadlockDetector,
  ) {}

  begin(session: Session, characteristics: TransactionCharacteristics): void {
    session.inTransaction = true;
    session.failedTransaction = undefined;
    session.transaction = { ...session.transaction, ...characteristics };
  }

  async commit(session: Session, call: CallContext): Promise<void> {
    if (session.failedTransaction !== undefined) {
      const why = session.failedTransaction;
      this.observer?.lost();
      await this.rollback(session, call);
      throw new VtError(Code.ABORTED, `the transaction was rolled back: ${why}`, { id: 'VT15001' });
    }
    const open = inCommitOrder(session.shardSessions.filter((s) => s.transactionId !== 0n));
    const writers = atomicWriters(session, open);
    if (writers.length > 1) return this.commitAtomically(session, open, writers, call);
    const committed: string[] = [];
    let shard = '';
    const startMs = performance.now();
    try {
      for (const shardSession of open) {
        shard = `${shardSession.keyspace}/${shardSession.shard}`;
        await this.endOn(session, shardSession, 'commit', call);
        if (shardSession.commitOrder !== 'pre') committed.push(shard);
      }
    } catch (error) {
      await this.rollbackShards(session, call);
      this.leave(session);
      if (committed.length > 0) {
        this.observer?.partlyCommitted();
        throw partialCommit(error, committed, shard);
      }
      if (!mayHaveRun(error)) throw error;
      this.observer?.outcomeUnknown('commit');
      throw unknownOutcome(`the commit on ${shard}`, error);
    }
    if (open.length > 0) this.observer?.committed(open.length, performance.now() - startMs);
    const entries = removalsIn(session.lookupRemovals);
    this.leave(session);
    await this.removeEntries(session, entries, call);
  }

  /**
   * Removes the entries of lookups that the committed transaction no longer needs. What cannot be removed does no harm:
   * the next row with the value takes the entry over.
   */
  private async removeEntries(
    session: Session,
    entries: readonly LookupEntry[],
    call: CallContext,
  ): Promise<void> {
    if (entries.length === 0 || this.removeUnused === undefined) return;
    try {
      await this.removeUnused(session, entries, call);
      for (const s of session.shardSessions.filter((open) => open.commitOrder === 'post')) {
        if (s.transactionId !== 0n) await this.endOn(session, s, 'commit', call);
      }
    } catch (error) {
      await this.rollbackShards(session, call);
      session.warnings.push(entriesLeft(error));
    }
  }

  /** Lookup entries that go before the rows or after them commit so; what is between is on all shards or on none. */
  private async commitAtomically(
    session: Session,
    open: readonly ShardSession[],
    writers: readonly ShardSession[],
    call: CallContext,
  ): Promise<void> {
    const startMs = performance.now();
    const post = open.filter((s) => s.commitOrder === 'post');
    try {
      // What has only read has nothing to decide; but when it is lost, so are the locks on what was read.
      for (const s of open) {
        if (!writers.includes(s) && !post.includes(s)) await this.endOn(session, s, 'commit', call);
      }
    } catch (error) {
      await this.rollback(session, call);
      throw error;
    }
    try {
      const { dtid, pending } = await this.atomic.commit(writers, call);
      if (pending.length > 0) warnOfPending(session, dtid, pending);
      this.observer?.committedAtomically(performance.now() - startMs);
    } catch (error) {
      this.forgetConnections(session, writers);
      await this.rollback(session, call);
      throw error;
    }
    this.forgetConnections(session, writers);
    const entries = removalsIn(session.lookupRemovals);
    for (const s of post) await this.endPost(session, s, call);
    this.leave(session);
    await this.removeEntries(session, entries, call);
  }

  /** They went with the transactions. */
  private forgetConnections(session: Session, ended: readonly ShardSession[]): void {
    session.shardSessions = session.shardSessions.filter((s) => !ended.includes(s));
  }

  private async endPost(session: Session, shardSession: ShardSession, call: CallContext): Promise<void> {
    try {
      await this.endOn(session, shardSession, 'commit', call);
    } catch (error) {
      session.warnings.push(entriesLeft(error));
    }
  }

  /** Never rejects for a shard that cannot be reached: its tablet rolls the transaction back by its own timeout. */
  async rollback(session: Session, call: CallContext): Promise<void> {
    await this.rollbackShards(session, call);
    this.leave(session);
  }

  /** Ends what a session holds when its client is gone. */
  async releaseAll(session: Session, call: CallContext): Promise<void> {
    await this.rollback(session, call);
    const reserved = session.shardSessions.splice(0);
    await Promise.allSettled(
      reserved.map((s) =>
        this.gateway
          .byAlias(s.alias)
          .service.release({ ...call, signal: AbortSignal.timeout(END_TIMEOUT_MS) }, targetOf(s), s),
      ),
    );
  }

  hasSavepoint(session: Session, name: string): boolean {
    return session.savepoints.some((s) => sameSavepoint(s, name));
  }

  /** Shards that join later get the savepoint when they do: `session.savepoints` is replayed there. */
  async savepoint(session: Session, name: string, call: CallContext): Promise<void> {
    await this.onOpenShards(session, savepointSql(name), call);
    // A name that is used again stands for the newer point alone.
    const position = this.positionOf(session, name);
    if (position >= 0) session.lookupRemovals = withoutSavepoint(session.lookupRemovals, position);
    session.savepoints = session.savepoints.filter((s) => !sameSavepoint(s, name));
    session.savepoints.push(savepointSql(name));
  }

  /** The savepoint itself stays, those set after it are gone. */
  async rollbackTo(session: Session, name: string, call: CallContext): Promise<void> {
    await this.onOpenShards(session, `rollback to ${quoteName(name)}`, call);
    const kept = this.positionOf(session, name) + 1;
    session.savepoints = session.savepoints.slice(0, kept);
    session.lookupRemovals = rolledBack(session.lookupRemovals, kept);
  }

  async releaseSavepoint(session: Session, name: string, call: CallContext): Promise<void> {
    await this.onOpenShards(session, `release savepoint ${quoteName(name)}`, call);
    const kept = this.positionOf(session, name);
    session.savepoints = session.savepoints.slice(0, kept);
    session.lookupRemovals = released(session.lookupRemovals, kept);
  }

  private positionOf(session: Session, name: string): number {
    return session.savepoints.findIndex((s) => sameSavepoint(s, name));
  }

  /** Guards the statement that comes: what it changes on open shards can be undone alone. */
  async guardStatement(session: Session, call: CallContext): Promise<readonly ShardSession[]> {
    const open = session.shardSessions.filter((s) => s.transactionId !== 0n);
    await Promise.all(open.map((s) => this.run(s, `savepoint ${STATEMENT_SAVEPOINT}`, call)));
    return open;
  }

  /**
   * Undoes a statement that failed on some shards: the guarded ones return to the savepoint, those that joined with
   * this statement leave the transaction. When that fails the transaction can only be rolled back.
   */
  async undoStatement(session: Session, guarded: readonly ShardSession[], call: CallContext): Promise<void> {
    const joined = session.shardSessions.filter((s) => s.transactionId !== 0n && !guarded.includes(s));
    try {
      await Promise.all([
        ...guarded.map((s) => this.run(s, `rollback to ${STATEMENT_SAVEPOINT}`, call)),
        ...joined.map((s) => this.endOn(session, s, 'rollback', call)),
      ]);
    } catch (error) {
      session.failedTransaction = `a statement failed and could not be undone on every shard (${messageOf(error)})`;
    }
  }

  private async onOpenShards(session: Session, sql: string, call: CallContext): Promise<void> {
    const open = session.shardSessions.filter((s) => s.transactionId !== 0n);
    const settled = await Promise.allSettled(open.map((s) => this.run(s, sql, call)));
    const failed = settled.find((s) => s.status === 'rejected');
    if (!failed) return;
    // Shards that disagree about a savepoint would disagree about the rows after ROLLBACK TO.
    if (open.length > 1 || isConnectionLoss(failed.reason)) {
      session.failedTransaction = `a savepoint failed on one of ${open.length} shards`;
    }
    throw failed.reason;
  }

  private async run(shardSession: ShardSession, sql: string, call: CallContext): Promise<void> {
    const { service } = this.gateway.byAlias(shardSession.alias);
    await service.execute(call, targetOf(shardSession), { sql, bindVariables: {} }, shardSession);
  }

  private async rollbackShards(session: Session, call: CallContext): Promise<void> {
    const open = session.shardSessions.filter((s) => s.transactionId !== 0n);
    // The client's own signal may be aborted already; a rollback must reach the shards all the same.
    const own: CallContext = {
      ...call,
      signal: AbortSignal.timeout(END_TIMEOUT_MS),
      timeoutMs: END_TIMEOUT_MS,
    };
    await Promise.allSettled(open.map((s) => this.endOn(session, s, 'rollback', own)));
  }

  private async endOn(
    session: Session,
    shardSession: ShardSession,
    how: 'commit' | 'rollback',
    call: CallContext,
  ): Promise<void> {
    const id = shardSession.transactionId;
    shardSession.transactionId = 0n;
    shardSession.wrote = false;
    try {
      const { service } = this.gateway.byAlias(shardSession.alias);
      shardSession.reservedId = await service[how](call, targetOf(shardSession), id);
    } catch (error) {
      // The tablet ends the connection of a transaction that it could not end otherwise.
      shardSession.reservedId = 0n;
      throw error;
    } finally {
      if (shardSession.reservedId === 0n) {
        const at = session.shardSessions.indexOf(shardSession);
        if (at >= 0) session.shardSessions.splice(at, 1);
      }
    }
  }

  private leave(session: Session): void {
    session.inTransaction = false;
    session.failedTransaction = undefined;
    session.savepoints = [];
    session.lookupRemovals = [];
    session.requiresAtomicCommit = undefined;
    if (session.transactionName !== undefined) this.deadlocks?.forget(session.transactionName);
    session.transactionName = undefined;
    session.transaction = { ...session.transactionDefaults };
  }
}

/** The shards whose changes must be on all of them or on none; what has to be so cannot be where none was begun for it. */
function atomicWriters(session: Session, open: readonly ShardSession[]): ShardSession[] {
  const writers = open.filter((s) => s.wrote && s.commitOrder === undefined);
  if (session.transactionMode === 'TWOPC') return writers;
  return session.requiresAtomicCommit && writers.every((s) => s.recorded) ? writers : [];
}

function entriesLeft(error: unknown): Warning {
  const message = `entries of lookup vindexes without a row are left: ${messageOf(error)}`;
  return { level: 'Warning', code: ER_UNKNOWN_ERROR, message };
}

/** ER_ERROR_DURING_COMMIT, as a warning: the transaction is committed. */
const PENDING_ERRNO = 1180;

function warnOfPending(session: Session, dtid: string, pending: readonly string[]): void {
  const message = `the transaction ${dtid} is committed; ${pending.join(', ')} shows it as soon as it answers again`;
  if (session.warnings.length >= MAX_WARNINGS) return;
  session.warnings.push({ level: 'Warning', code: PENDING_ERRNO, message });
}

const savepointSql = (name: string): string => `savepoint ${quoteName(name)}`;

/** Savepoint names do not differ by case. */
function sameSavepoint(sql: string, name: string): boolean {
  return sql.toLowerCase() === savepointSql(name).toLowerCase();
}

function targetOf(s: ShardSession): Target {
  return { keyspace: s.keyspace, shard: s.shard, tabletType: s.tabletType, cell: '' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
