import { Type, isIntegral, isText, type Field } from '@vitess-ts/sqltypes';
import type { OrderKey } from './order-key';
import { unsupported } from './unsupported';

/** Keys of one kind have equal texts exactly when their values are equal. */
function kindOf({ type }: Field): string {
  if (isIntegral(type) && type !== Type.YEAR) return 'integer';
  return isText(type) ? 'text' : `type ${type}`;
}

/** Refuses to join by columns that are not of the types that the planner took them for. Throws VT12001. */
export function checkJoinKeys(
  left: readonly Field[],
  leftKeys: readonly OrderKey[],
  right: readonly Field[],
  rightKeys: readonly OrderKey[],
): void {
  for (const [i, key] of leftKeys.entries()) {
    const [a, b] = [left[key.column], right[rightKeys[i].column]];
    if (kindOf(a) === kindOf(b)) continue;
    throw unsupported(
      `joining by columns '${a.name}' and '${b.name}', whose types are not those that the schema said`,
      'run the statement again when the schema has been read anew',
    );
  }
}
