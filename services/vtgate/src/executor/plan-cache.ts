import { LruCache } from '@vitess-ts/base';
import type { Statement } from '@vitess-ts/sqlparser';
import type { Plan } from '../planner/plan';
import type { SessionValue } from './session-expressions';

/** A plan, and what it needs of the session at each run. */
export interface CachedPlan {
  plan: Plan;
  statement: Statement;
  /** Session values that the statement reads; they become bind variables at each run. */
  sessionValues: readonly SessionValue[];
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
  private readonly plans: LruCache<string, CachedPlan>;

  constructor(maxBytes: number) {
    this.plans = new LruCache({
      maxWeight: maxBytes,
      weigh: (key) => PLAN_OVERHEAD_BYTES + key.length * BYTES_PER_CHARACTER,
    });
  }

  get(key: string): CachedPlan | undefined {
    return this.plans.get(key);
  }

  set(key: string, plan: CachedPlan): void {
    this.plans.set(key, plan);
  }

  clear(): void {
    this.plans.clear();
  }

  get stats(): { hits: number; misses: number; evictions: number; size: number } {
    const { hits, misses, evictions, size } = this.plans.stats();
    return { hits, misses, evictions, size };
  }
}
