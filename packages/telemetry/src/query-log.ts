import { ListenerSet } from '@vitess-ts/base';

/** What every query log record has; a component adds its own columns. */
export interface QueryLogRecord {
  sql: string;
  /** Epoch milliseconds. */
  startMs: number;
  totalMs: number;
  rowsReturned: number;
  rowsAffected: number;
  /** Message of the error that ended the query. */
  error?: string;
}

/** Which queries are logged: those that every given condition lets pass. */
export interface QueryLogFilter {
  /** Only queries whose text contains this. */
  tag?: string;
  /** Only queries that returned or changed at least this many rows. */
  minRows?: number;
  minTotalMs?: number;
  errorsOnly?: boolean;
  /** Share of the other queries that is logged, 0 to 1; failed ones always are. */
  sampleRate?: number;
}

export interface QueryLogOptions {
  /** Records that are kept for `/debug/querylog`. */
  capacity: number;
  filter?: QueryLogFilter;
  random?: () => number;
  /** What a subscriber throws. */
  onError: (error: unknown) => void;
}

/** The last queries, and a feed of them for whoever writes them somewhere. */
export class QueryLog<R extends QueryLogRecord> {
  private readonly ring: R[] = [];
  private next = 0;
  private readonly listeners: ListenerSet<R>;

  constructor(private readonly options: QueryLogOptions) {
    this.listeners = new ListenerSet(options.onError);
  }

  /** Calls `fn` with each record that passes the filter from now on, on the path of the query: it must be quick. */
  subscribe(fn: (record: R) => void): () => void {
    return this.listeners.add(fn);
  }

  /** False when nobody reads the log: then there is no need to make records. */
  get isWanted(): boolean {
    return this.options.capacity > 0 || this.listeners.size > 0;
  }

  /** True when the record was logged. */
  append(record: R): boolean {
    if (!this.passes(record)) return false;
    if (this.options.capacity > 0) {
      this.ring[this.next] = record;
      this.next = (this.next + 1) % this.options.capacity;
    }
    if (this.listeners.size > 0) this.listeners.emit(record);
    return true;
  }

  /** The records that are kept, newest first. */
  recent(limit = this.options.capacity): R[] {
    return [...this.ring.slice(this.next), ...this.ring.slice(0, this.next)].reverse().slice(0, limit);
  }

  private passes(record: R): boolean {
    const { filter } = this.options;
    if (!filter) return true;
    const { tag, minRows = 0, minTotalMs = 0, errorsOnly = false, sampleRate = 1 } = filter;
    if (tag && !record.sql.includes(tag)) return false;
    if (errorsOnly && record.error === undefined) return false;
    if (Math.max(record.rowsReturned, record.rowsAffected) < minRows) return false;
    if (record.totalMs < minTotalMs) return false;
    if (record.error !== undefined || sampleRate >= 1) return true;
    return (this.options.random ?? Math.random)() < sampleRate;
  }
}
