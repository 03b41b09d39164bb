import type { CallContext } from '@vitess-ts/queryservice';

/** How a statement came: what travels on to the tablets, and which call of the API it was. */
export interface ClientCall extends CallContext {
  signal: AbortSignal;
  /** `Execute` when absent; else `ExecuteBatch`, `StreamExecute`. */
  method?: string;
}
