import { pureFunctions, visit, type Statement } from '@vitess-ts/sqlparser';

/** Depend on who runs the statement: the redo log is run by another account. */
const ofTheAccount: ReadonlySet<string> = new Set([
  'user',
  'current_user',
  'session_user',
  'system_user',
  'current_role',
]);

/**
 * Why a write might do something else when it is done again on the same rows with the same clock, or undefined when it
 * would not.
 */
export function unrepeatable(statement: Statement): string | undefined {
  let why: string | undefined;
  visit(statement, {
    enter: (node) => {
      why ??= problemOf(node);
      return why === undefined;
    },
  });
  return why;
}

function problemOf(node: { kind: string; limit?: unknown }): string | undefined {
  switch (node.kind) {
    case 'function': {
      const { name, keyspace } = node as unknown as { name: string; keyspace?: string };
      if (keyspace !== undefined) return `the stored function ${keyspace}.${name}()`;
      return pureFunctions.has(name) && !ofTheAccount.has(name) ? undefined : `the function ${name}()`;
    }
    case 'userVar':
    case 'assign':
      return 'a user variable';
    case 'loadData':
      return 'LOAD DATA';
    case 'update':
    case 'delete':
    case 'select':
    case 'setOperation':
      return node.limit === undefined ? undefined : 'LIMIT, whose rows are not sure to be the same again';
    default:
      return undefined;
  }
}
