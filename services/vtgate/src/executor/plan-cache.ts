import { LruCache } from '@vitess-ts/base';
import type { Select } from '@vitess-ts/sqlparser';
import type { Plan } from '../planner/plan';
import type { LockCall } from './lock-functions';
import type { SessionValue } from './session-expressions';
import type { SystemQuery } from './system-schema/system-query';
import type { VariableTargets } from './user-variables';

/** A plan, and what it needs of the session at each run. */
export interface CachedPlan {
  plan: Plan;
  /** Session values that the statement reads; they become bind variables at each run. */
  sessionValues: readonly SessionValue[];
  /** The time of several servers has a part in what it gives or writes. */
  readsClock: boolean;
  /** A part of it reaches all shards of a keyspace. */
  scatters: boolean;
}

/** What is known of a statement text. */
export interface PreparedStatement {
  /** User variables that its rows set. */
  targets?: VariableTargets;
  /** Counts what FOUND_ROWS() gives afterwards, where that is not the number of rows shown. */
  count?: PreparedStatement;
  /** It is a query that calls LAST_INSERT_ID(x). */
  setsLastInsertId: boolean;
  /** Calls of lock functions that run before it. */
  locks?: readonly LockCall[];
  route:
    | { kind: 'plan'; cached: CachedPlan }
    /** Goes as it is to the connection that holds the session's locks. */
    | { kind: 'locks'; query: Select; sql: string; sessionValues: readonly SessionValue[] }
    /** Which keyspace answers is known with the values of each run: a plan for each. */
    | { kind: 'system'; system: SystemQuery; plans: Map<string, CachedPlan> };
}

/** Rough size of a plan beside its text: a tree of primitives and the statement's own tree. */
const PLAN_OVERHEAD_BYTES = 4096;
/** A tree takes some ten times the bytes of its text. */
const BYTES_PER_CHARACTER = 12;

/**
 * Plans by everything that they depend on. Bounded by memory; a new vschema or schema version makes all keys new, and
 * the old plans fall out as the least used.
 */
export class PlanCache {
  private readonly plans: LruCache<string, PreparedStatement>;

  constructor(maxBytes: number) {
    this.plans = new LruCache({
      maxWeight: maxBytes,
      weigh: (key) => PLAN_OVERHEAD_BYTES + key.length * BYTES_PER_CHARACTER,
    });
  }

  get(key: string): PreparedStatement | undefined {
    return this.plans.get(key);
  }

  set(key: string, statement: PreparedStatement): void {
    this.plans.set(key, statement);
  }

  clear(): void {
    this.plans.clear();
  }

  get stats(): {
    hits: number;
    misses: number;
    evictions: number;
    size: number;
    bytes: number;
    maxBytes: number;
  } {
    const { hits, misses, evictions, size, weight, maxWeight } = this.plans.stats();
    return { hits, misses, evictions, size, bytes: weight, maxBytes: maxWeight };
  }
}
