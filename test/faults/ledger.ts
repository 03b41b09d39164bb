import { SqlError } from '@vitess-ts/vterrors';

/** What a client knows of a write when its last answer has come, or has not. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

/** The kinds of writes; each has a table of its own. */
export type Kind = 'insert' | 'one-shard transaction' | 'two-shard transaction' | 'counter';

export const KINDS: readonly Kind[] = ['insert', 'one-shard transaction', 'two-shard transaction', 'counter'];

export interface Write {
  kind: Kind;
  /** Of the rows; of a counter, the counter. */
  id: number;
  startMs: number;
  endMs: number;
  outcome: Outcome;
  error?: string;
}

/** Transaction resolution unknown: the gate says so of a write that it has sent and had no answer to. */
const UNKNOWN_STATE = '08007';
/** The client's own connection was lost while it waited for an answer. */
const CLIENT_LOST = 2013;

/** Every write that was tried, and what became of it as far as its writer could know. */
export class Ledger {
  readonly writes: Write[] = [];

  add(write: Write): void {
    this.writes.push(write);
  }

  of(kind: Kind): Write[] {
    return this.writes.filter((w) => w.kind === kind);
  }

  count(outcome: Outcome, kind?: Kind): number {
    return this.writes.filter((w) => w.outcome === outcome && (kind === undefined || w.kind === kind)).length;
  }

  /** The first write that was begun after `sinceMs` and acknowledged; of a kind, or of one counter. */
  firstAcknowledged(kind: Kind, sinceMs: number, id?: number): Write | undefined {
    return this.writes.find(
      (w) =>
        w.kind === kind &&
        w.outcome === 'acknowledged' &&
        w.startMs >= sinceMs &&
        (id === undefined || w.id === id),
    );
  }

  longestMs(): number {
    return this.writes.reduce((most, w) => Math.max(most, w.endMs - w.startMs), 0);
  }
}

/** What an error says of the statement that it answers: it did not happen, or nobody knows. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof SqlError && (error.errno === CLIENT_LOST || error.sqlstate === UNKNOWN_STATE)) {
    return 'unknown';
  }
  return 'refused';
}

export function textOf(error: unknown): string {
  return error instanceof SqlError
    ? `${error.errno} (${error.sqlstate}) ${error.message}`
    : error instanceof Error
      ? error.message
      : String(error);
}
