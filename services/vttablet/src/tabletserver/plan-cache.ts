import { LruCache, type LruCacheStats } from '@vitess-ts/base';
import type { QueryPlan } from './plan';

/** Bytes that a plan takes beside its text, roughly. */
const planBytes = 1024;

/** Plans by statement text, bounded by memory. */
export class PlanCache {
  private readonly plans: LruCache<string, QueryPlan>;

  constructor(
    private readonly build: (sql: string, noBackslashEscapes: boolean) => QueryPlan,
    maxBytes: number,
  ) {
    this.plans = new LruCache<string, QueryPlan>({
      maxWeight: maxBytes,
      weigh: (sql) => planBytes + sql.length * 4,
    });
  }

  /** `noBackslashEscapes`: how the session that gets the statement reads strings; the same text has two plans then. */
  get(sql: string, skipCache: boolean, noBackslashEscapes = false): QueryPlan {
    const key = noBackslashEscapes ? `\\${sql}` : sql;
    const known = this.plans.get(key);
    if (known) return known;
    const plan = this.build(sql, noBackslashEscapes);
    if (!skipCache) this.plans.set(key, plan);
    return plan;
  }

  clear(): void {
    this.plans.clear();
  }

  stats(): LruCacheStats {
    return this.plans.stats();
  }
}
