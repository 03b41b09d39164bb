import { pureFunctions, type Expr, type FunctionCall } from '@vitess-ts/sqlparser';
import { unsupported } from '../../engine/unsupported';
import { walk, type Kinded, type Part } from '../syntax-tree';

/**
 * Refuses what must run once, or where all rows are, in a statement that several shards run each for itself.
 * Throws VT12001 that names it.
 */
export function checkPure(part: Part): void {
  walk(part, (node) => {
    const problem = impurity(node);
    if (problem !== undefined) {
      throw unsupported(
        `${problem} in a statement that reaches several shards`,
        'restrict the statement to one shard, or compute the value first and pass it in',
      );
    }
  });
}

/** True when `checkPure` passes. */
export function isPure(part: Part): boolean {
  let found = false;
  walk(part, (node) => {
    found ||= impurity(node) !== undefined;
    return !found;
  });
  return !found;
}

const lockFunctions: ReadonlySet<string> = new Set([
  'get_lock',
  'is_free_lock',
  'is_used_lock',
  'release_all_locks',
  'release_lock',
]);

export const isLockFunction = (name: string): boolean => lockFunctions.has(name);

/** Refuses what belongs to one connection of the client's own, which a statement through the gate has not. */
export function checkConnectionState(part: Part): void {
  walk(part, (node) => {
    if (node.kind === 'function' && lockFunctions.has((node as FunctionCall).name)) {
      throw unsupported(
        `${(node as FunctionCall).name.toUpperCase()}()`,
        'use a row that is locked by SELECT .. FOR UPDATE',
      );
    }
  });
}

function impurity(node: Kinded): string | undefined {
  switch (node.kind as Expr['kind']) {
    case 'function': {
      const { name, keyspace } = node as FunctionCall;
      if (keyspace !== undefined) return `the stored function ${keyspace}.${name}()`;
      return pureFunctions.has(name) ? undefined : `the function ${name}()`;
    }
    case 'assign':
      return 'the assignment of a user variable';
    case 'userVar':
      return 'a user variable';
    case 'nextValue':
      return 'a sequence';
    default:
      return undefined;
  }
}
