import type { Expr, FunctionCall } from '@vitess-ts/sqlparser';
import { intLiteral, rewrite, walk } from '../syntax-tree';

/** The bind variable of the statement's time, in Unix seconds. */
export const timeVariable = '__statement_time';

const now: ReadonlySet<string> = new Set(['now', 'current_timestamp', 'localtime', 'localtimestamp']);
const dates: ReadonlySet<string> = new Set(['curdate', 'current_date']);
const times: ReadonlySet<string> = new Set(['curtime', 'current_time']);
/** Of the clock as well, but in a form that has no other name. */
const others: ReadonlySet<string> = new Set(['utc_date', 'utc_time', 'utc_timestamp', 'sysdate']);

/**
 * An expression in which functions of the clock read the statement's one time, so that all shards and the scratch
 * tablet agree about it; undefined where one cannot.
 */
export function atStatementTime(expr: Expr): Expr | undefined {
  let isPossible = true;
  const timed = rewrite(expr, (node) => {
    if (node.kind !== 'function') return undefined;
    const replaced = timeOf(node as FunctionCall);
    if (replaced === 'impossible') isPossible = false;
    return replaced === 'impossible' ? undefined : replaced;
  });
  return isPossible ? timed : undefined;
}

function timeOf({ name, args }: FunctionCall): Expr | 'impossible' | undefined {
  if (others.has(name)) return 'impossible';
  if (name === 'unix_timestamp' && args.length === 0) return call('floor', [argument]);
  const isDate = dates.has(name);
  const isTime = times.has(name);
  if (!now.has(name) && !isDate && !isTime) return undefined;
  const [precision] = args;
  if (precision !== undefined && precision.kind !== 'literal') return 'impossible';
  const seconds =
    precision === undefined
      ? call('floor', [argument])
      : call('truncate', [argument, intLiteral(Number(precision.value))]);
  const moment = call('from_unixtime', [seconds]);
  return isDate ? call('date', [moment]) : isTime ? call('time', [moment]) : moment;
}

const argument: Expr = Object.freeze({ kind: 'arg', name: timeVariable } as const);
const call = (name: string, args: Expr[]): FunctionCall => ({ kind: 'function', name, args });

export function usesStatementTime(part: object): boolean {
  let found = false;
  walk(part, (node) => {
    found ||= node.kind === 'arg' && (node as { name?: string }).name === timeVariable;
    return !found;
  });
  return found;
}
