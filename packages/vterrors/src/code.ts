/**
 * Error codes of every RPC and of every `VtError`: `vtrpc.Code` on the wire, the gRPC status codes plus two of
 * Vitess's own. Branch on these, never on message text.
 */
export const Code = {
  OK: 0,
  CANCELED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
  /** A change of the cluster (a reparent, a traffic switch) made the request fail; it may be buffered. */
  CLUSTER_EVENT: 17,
  /** The target is read-only. */
  READ_ONLY: 18,
} as const;

export type Code = (typeof Code)[keyof typeof Code];

const names = new Map<number, keyof typeof Code>(
  (Object.entries(Code) as [keyof typeof Code, Code][]).map(([name, code]) => [code, name]),
);

/** The name of a code; a number that is not one reads as UNKNOWN. */
export function codeName(code: number): keyof typeof Code {
  return names.get(code) ?? 'UNKNOWN';
}

/** The code for a number off the wire; one that is no error code of ours (0 too) reads as UNKNOWN. */
export function toCode(code: number): Code {
  return names.has(code) && code !== Code.OK ? (code as Code) : Code.UNKNOWN;
}
