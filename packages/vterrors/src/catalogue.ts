import { assert } from '@vitess-ts/base';
import type { CatalogueEntry } from './catalogue-entry';
import { failedPrecondition } from './catalogue-failed-precondition';
import { invalidArgument } from './catalogue-invalid-argument';
import {
  aborted,
  alreadyExists,
  internal,
  notFound,
  permissionDenied,
  transactionLost,
  unavailable,
  unimplemented,
} from './catalogue-others';
import { codeOf } from './code-of';
import { SqlError, VtError } from './errors';
import { messageOf } from './message-of';
import { formatSqlError } from './sql-error-text';

/** Every error with an id, `docs/errors.md` shows it as a table. An id is for ever. */
export const catalogue = {
  ...invalidArgument,
  ...notFound,
  ...alreadyExists,
  ...permissionDenied,
  ...failedPrecondition,
  ...aborted,
  ...unimplemented,
  ...internal,
  ...unavailable,
  ...transactionLost,
} as const;

export type ErrorId = keyof typeof catalogue;

type Argument = string | number | bigint;
type Arguments<Text extends string> = Text extends `${string}%s${infer Rest}`
  ? [argument: Argument, ...Arguments<Rest>]
  : [];

/**
 * The error of this id: `vtError('VT05005', 'customer', 'commerce')` says "VT05005: table 'customer' does not exist in
 * keyspace 'commerce'", with its code, errno and sqlstate. The arguments are those that the text has `%s` for.
 */
export function vtError<Id extends Exclude<ErrorId, 'VT15001'>>(
  id: Id,
  ...args: Arguments<(typeof catalogue)[Id]['text']>
): VtError {
  const { code, text, errno, sqlstate }: CatalogueEntry = catalogue[id];
  assert(code !== undefined, `${id} has no code of its own`);
  return new VtError(code, fill(id, text, args), { id, errno, sqlstate });
}

/**
 * VT15001: the transaction is gone because of `cause`, on the tablets too. It keeps the code of the cause, and what a
 * MySQL server said in it.
 */
export function transactionLostError(cause: unknown): VtError {
  const id = 'VT15001';
  const detail = cause instanceof SqlError ? formatSqlError(cause) : messageOf(cause);
  const known = cause instanceof SqlError || cause instanceof VtError ? cause : undefined;
  return new VtError(codeOf(cause), fill(id, catalogue[id].text, [detail]), {
    id,
    errno: known?.errno,
    sqlstate: known?.sqlstate,
    cause,
  });
}

/** Whether it is the error of this id; the id survives gRPC between our own processes. */
export function hasErrorId(err: unknown, id: ErrorId): err is VtError {
  return err instanceof VtError && err.id === id;
}

/** The entry of an id that came over the wire; undefined where a later version made it. */
export function catalogueEntry(id: string): CatalogueEntry | undefined {
  return Object.hasOwn(catalogue, id) ? catalogue[id as ErrorId] : undefined;
}

function fill(id: ErrorId, text: string, args: readonly Argument[]): string {
  const parts = text.split('%s');
  assert(parts.length === args.length + 1, `${id} takes ${parts.length - 1} arguments, not ${args.length}`);
  return `${id}: ${parts.map((part, i) => (i < args.length ? part + String(args[i]) : part)).join('')}`;
}
