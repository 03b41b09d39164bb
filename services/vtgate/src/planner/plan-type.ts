import type { PlanType } from './plan';
import type { Primitive, PrimitiveDescription } from '../engine/primitive';

/** The label of a plan, from its operators. */
export function planTypeOf(primitive: Primitive): PlanType {
  return typeOfDescription(primitive.describe());
}

function typeOfDescription(description: PrimitiveDescription): PlanType {
  const { operatorType, variant, inputs = [], keyspace } = description;
  switch (operatorType) {
    case 'Route':
    case 'Update':
    case 'Delete':
    case 'Insert':
      return typeOfOpcode(variant ?? '', keyspace?.sharded ?? false);
    case 'Join':
      return 'Join';
    case 'Filter':
    case 'Limit':
    case 'Projection':
    case 'SimpleProjection':
      return inputs.length === 1 && typeOfDescription(inputs[0]) === 'Join' ? 'Join' : 'Complex';
    default:
      return 'Complex';
  }
}

function typeOfOpcode(opcode: string, sharded: boolean): PlanType {
  switch (opcode) {
    case 'Unsharded':
    case 'Reference':
    case 'Next':
    case 'ByDestination':
      return sharded && opcode === 'ByDestination' ? 'Local' : 'Passthrough';
    case 'EqualUnique':
    case 'None':
      return 'Local';
    case 'Scatter':
      return 'Scatter';
    default:
      return 'MultiShard';
  }
}
