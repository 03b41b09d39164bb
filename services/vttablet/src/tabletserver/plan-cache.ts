import { LruCache, type LruCacheStats } from '@vitess-ts/base';
import type { QueryPlan } from './plan';

/** Bytes that a plan takes beside its text, roughly. */
const planBytes = 1024;

/** Plans by statement text, bounded by memory. */
export class PlanCache {
  private readonly plans: LruCache<string, QueryPlan>;

  constructor(
    private readonly build: (sql: string) => QueryPlan,
    maxBytes: number,
  ) {
    this.plans = new LruCache<string, QueryPlan>({
      maxWeight: maxBytes,
      weigh: (sql) => planBytes + sql.length * 4,
    });
  }

  get(sql: string, skipCache: boolean): QueryPlan {
    const known = this.plans.get(sql);
    if (known) return known;
    const plan = this.build(sql);
    if (!skipCache) this.plans.set(sql, plan);
    return plan;
  }

  clear(): void {
    this.plans.clear();
  }

  stats(): LruCacheStats {
    return this.plans.stats();
  }
}
