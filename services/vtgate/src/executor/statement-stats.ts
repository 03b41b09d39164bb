import type { Span } from '@vitess-ts/telemetry';
import type { BindVariables } from '@vitess-ts/sqltypes';
import type { Plan, PlanType } from '../planner/plan';
import type { Session } from '../session/session';
import type { ClientCall } from './client-call';

const noTables: readonly string[] = Object.freeze([]);

/** What is known of one statement: filled in on its way, complete when it has ended. */
export class StatementStats {
  /** Wall clock, epoch milliseconds. */
  readonly startedAtMs = Date.now();
  /** Monotonic. */
  readonly startMs = performance.now();
  /** Monotonic; when it began to run. Absent for one that was never planned. */
  plannedMs?: number;
  /** Monotonic. */
  endMs = 0;
  /** `SELECT`, `BEGIN`, ..; empty until the statement has been read. */
  type = '';
  /** Absent for a statement that could not be planned. */
  planType?: PlanType;
  /** Absent for a statement that the gate answers by itself. */
  plan?: Plan;
  /** Queries that went to shards. */
  shardQueries = 0;
  rowsReturned = 0;
  rowsAffected = 0n;
  error?: unknown;
  /** Set by the observer when the statement is traced. */
  span?: Span;

  constructor(
    readonly session: Session,
    /** As the client sent it. */
    readonly sql: string,
    /** The client's own. */
    readonly bindVariables: BindVariables,
    readonly call: ClientCall,
  ) {}

  get tablesUsed(): readonly string[] {
    return this.plan?.tablesUsed ?? noTables;
  }

  /** The plan that runs. Plans of what the gate asks on the statement's behalf come later, and do not count. */
  planned(plan: Plan): void {
    if (this.planType !== undefined) return;
    this.plan = plan;
    this.planType = plan.type;
    this.plannedMs = performance.now();
  }

  /** The gate runs the statement by itself. */
  withoutPlan(type: PlanType): void {
    this.planType = type;
    this.plannedMs = performance.now();
  }
}

/** Told of each statement. It must not throw. */
export interface StatementObserver {
  /** Gives the trace context (a `traceparent`) for what is done on the statement's behalf. */
  started(stats: StatementStats): string | undefined;
  ended(stats: StatementStats): void;
}

/** Told of commits. It must not throw. */
export interface TransactionObserver {
  /** `shards`: those that took part, at least one. */
  committed(shards: number, ms: number): void;
  /** Some shards have committed, others not. */
  partlyCommitted(): void;
  /** A commit on several shards, all or none of them. */
  committedAtomically(ms: number): void;
  /** Nobody can tell whether a statement or a commit took effect (safety: counted apart from what was rolled back). */
  outcomeUnknown(what: 'statement' | 'commit'): void;
  /** A transaction was rolled back because a shard of it was lost. */
  lost(): void;
  /** A part of an atomic commit could not be finished at once. */
  leftToResolver(): void;
  /** A transaction was rolled back to end a deadlock over several shards. */
  deadlockVictim(): void;
}
