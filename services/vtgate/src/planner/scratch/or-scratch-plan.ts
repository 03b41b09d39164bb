import type { VtError } from '@vitess-ts/vterrors';
import { OrScratch, isUnsupported } from '../../engine/scratch/or-scratch';
import type { Primitive } from '../../engine/primitive';
import { Route } from '../../engine/route';

export interface PlannedPrimitive {
  primitive: Primitive;
  /** `keyspace.table` of each table. */
  tables: string[];
}

/**
 * The plan, or `other` where there is none; a plan with work in the gate that may meet values which it does not compute
 * exactly turns to `other` while it runs.
 */
export function orScratch(
  plan: () => PlannedPrimitive,
  other: (refusal: VtError) => PlannedPrimitive,
): PlannedPrimitive {
  let planned: PlannedPrimitive;
  try {
    planned = plan();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return other(error);
  }
  const { primitive, tables } = planned;
  if (primitive instanceof Route && (primitive.options.orderBy ?? []).length === 0) return planned;
  return { primitive: new OrScratch(primitive, (refusal) => other(refusal).primitive), tables };
}
