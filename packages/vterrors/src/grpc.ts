import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { catalogueEntry } from './catalogue';
import { Code, toCode } from './code';
import { codeOf } from './code-of';
import { SqlError, VtError } from './errors';
import { messageOf } from './message-of';
import { fromWireError, toWireError } from './wire-error';

/** Trailing metadata of our servers: the exact code, and of a `VtError` what the status has no room for. */
const keys = { code: 'vt-code', id: 'vt-id', errno: 'vt-errno', sqlstate: 'vt-sqlstate' } as const;

/** The status travels in an HTTP/2 header, whose size peers limit. */
const maxMessageBytes = 5120;
const truncationMark = ' ...[truncated]';

/**
 * An error as a server hands it to grpc-js: to the callback of a unary call, or of a stream as
 * `call.emit('error', toServiceError(err))` (never `call.destroy(err)`: that ends the process).
 */
export function toServiceError(err: unknown): StatusObject {
  const { code, message, id, errno, sqlstate } = toWireError(err);
  const metadata = new Metadata();
  metadata.set(keys.code, String(code));
  if (id !== undefined) metadata.set(keys.id, id);
  if (errno !== undefined) metadata.set(keys.errno, String(errno));
  if (sqlstate !== undefined) metadata.set(keys.sqlstate, sqlstate);
  const tail = err instanceof SqlError ? message.slice(err.message.length) : '';
  const body = message.slice(0, message.length - tail.length);
  return { code: nearestStatus(code), details: truncate(body, maxMessageBytes) + tail, metadata };
}

/**
 * What a call of a grpc-js client failed with, as an error of ours. What is one already stays; `cause` is the error of
 * grpc-js. Also reads what Vitess peers send.
 */
export function fromServiceError(err: unknown): VtError | SqlError {
  if (err instanceof VtError || err instanceof SqlError) return err;
  if (!isServiceError(err)) {
    return new VtError(codeOf(err), messageOf(err), { cause: err });
  }
  const sent = (key: string): string | undefined => {
    const value = err.metadata?.get(key)[0];
    return value === undefined ? undefined : value.toString();
  };
  const exactCode = sent(keys.code);
  if (exactCode === undefined && err.code === status.RESOURCE_EXHAUSTED && tooLarge.test(err.details)) {
    return new VtError(Code.RESOURCE_EXHAUSTED, err.details, { errno: 1153, sqlstate: '08S01', cause: err });
  }
  const code = toCode(Number(exactCode));
  const id = sent(keys.id);
  const errno = sent(keys.errno);
  const sqlstate = sent(keys.sqlstate);
  return fromWireError(
    {
      code: code === Code.UNKNOWN ? toCode(err.code) : code,
      message: err.details,
      id: id !== undefined && catalogueEntry(id) !== undefined ? id : undefined,
      errno: errno !== undefined && isErrno(errno) ? Number(errno) : undefined,
      sqlstate: sqlstate !== undefined && /^[0-9A-Za-z]{5}$/.test(sqlstate) ? sqlstate : undefined,
    },
    err,
  );
}

function isErrno(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 0xffff;
}

/** A message over the limit: the gRPC libraries tell it apart from other exhausted resources by text alone. */
const tooLarge = /message (?:with a size )?larger than/;

/** The codes of gRPC end at 16. A cluster event passes, so generic clients may retry it; a read-only target stays so. */
function nearestStatus(code: Code): status {
  if (code === Code.CLUSTER_EVENT) return status.UNAVAILABLE;
  if (code === Code.READ_ONLY) return status.FAILED_PRECONDITION;
  return code as number as status;
}

type StatusLike = Pick<StatusObject, 'code' | 'details'> & { metadata?: Metadata };

function isServiceError(err: unknown): err is StatusLike {
  if (typeof err !== 'object' || err === null) return false;
  const { code, details, metadata } = err as Record<string, unknown>;
  return (
    typeof code === 'number' &&
    typeof details === 'string' &&
    (metadata === undefined || metadata instanceof Metadata)
  );
}

/** At most `max` bytes of UTF-8, cut between characters. Lone surrogates, which cannot be sent, become U+FFFD. */
function truncate(text: string, max: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= max) return bytes.toString('utf8');
  let end = max - truncationMark.length;
  while ((bytes[end] & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + truncationMark;
}
