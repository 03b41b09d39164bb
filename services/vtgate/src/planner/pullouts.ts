import type { Primitive } from '../engine/primitive';
import { UncorrelatedSubquery } from '../engine/uncorrelated-subquery';
import type { PlanContext } from './plan-context';

/** The subqueries of a statement that run once, before what uses their values. */
export function withPullouts(primitive: Primitive, context: PlanContext): Primitive {
  return context.pullouts.reduceRight<Primitive>(
    (outer, pullout) => new UncorrelatedSubquery({ ...pullout, outer }),
    primitive,
  );
}
