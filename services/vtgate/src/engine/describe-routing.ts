import { formatDestination } from '@vitess-ts/key';
import type { Routing } from './routing';
import { describeValue } from './value-expression';

/** The part of a VEXPLAIN node that says which vindex and values choose the shards. */
export function describeRouting(routing: Routing): Record<string, unknown> {
  switch (routing.opcode) {
    case 'EqualUnique':
    case 'Equal':
      return { Values: routing.values.map(describeValue), Vindex: routing.vindex.name };
    case 'IN':
      return { Values: [describeValue(routing.list)], Vindex: routing.vindex.name };
    case 'MultiEqual':
      return {
        Values: routing.rows.map((row) => `(${row.map(describeValue).join(', ')})`),
        Vindex: routing.vindex.name,
      };
    case 'ByDestination':
      return { TargetDestination: formatDestination(routing.destination) };
    default:
      return {};
  }
}
