import type { VTGateCallerID } from '@vitess-ts/proto/query';
import type { CallerID } from '@vitess-ts/proto/vtrpc';

/** What travels beside every call: who asks, how long it may take, and the trace it belongs to. */
export interface CallContext {
  /** Aborting it cancels the call; a statement that is running on mysqld is killed there. */
  signal?: AbortSignal;
  /** Time left for the call, in milliseconds. Absent: the tablet's own limit. */
  timeoutMs?: number;
  effectiveCallerId?: CallerID;
  immediateCallerId?: VTGateCallerID;
  /** W3C trace context of the caller's span. */
  traceparent?: string;
}
