import { onAbort } from '@vitess-ts/base';
import { StreamHealthResponse } from '@vitess-ts/proto/query';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import type { SchemaChange } from '../schema/schema-engine';
import type { StateManager } from '../tabletserver/state-manager';
import { CallRate } from './call-rate';

interface Subscriber {
  /** What changed since its last message. */
  tables: Set<string>;
  views: Set<string>;
  dirty: boolean;
  wake: () => void;
}

/**
 * Tells subscribers how the tablet is: at once, at every change, and once an interval. A slow subscriber gets fewer
 * messages, never old ones, and no changed table is lost to it.
 */
export class HealthStreamer {
  private readonly subscribers = new Set<Subscriber>();
  private lagSeconds = 0;
  private unresolved = false;
  private closed = false;
  private readonly rate: CallRate;

  constructor(
    private readonly alias: TabletAlias,
    private readonly state: StateManager,
    private readonly intervalMs: number,
    /** Statements since the start, for the rate that the messages carry. */
    statements: () => number = () => 0,
  ) {
    this.rate = new CallRate(statements);
  }

  /** Tells everybody the state as it is now. */
  notify(): void {
    for (const subscriber of this.subscribers) mark(subscriber);
  }

  schemaChanged(change: SchemaChange): void {
    for (const subscriber of this.subscribers) {
      for (const table of change.tables) subscriber.tables.add(table);
      for (const view of change.views) subscriber.views.add(view);
      mark(subscriber);
    }
  }

  /** Tells at once when the lag begins or ends to matter; else the next interval does. */
  setLag(seconds: number): void {
    const before = this.lagSeconds;
    this.lagSeconds = seconds;
    if (before !== seconds && Math.abs(before - seconds) >= 1) this.notify();
  }

  /** Whether commits over several shards wait for a gate to end them; told to everybody each time. */
  setUnresolved(some: boolean): void {
    this.unresolved = some;
    this.notify();
  }

  /** Ends all streams. */
  close(): void {
    this.closed = true;
    this.notify();
  }

  async *stream(signal: AbortSignal | undefined): AsyncIterable<StreamHealthResponse> {
    const subscriber: Subscriber = {
      tables: new Set(),
      views: new Set(),
      dirty: true,
      wake: () => undefined,
    };
    this.subscribers.add(subscriber);
    const stopListening = onAbort(signal, () => mark(subscriber));
    try {
      while (!this.closed && !signal?.aborted) {
        subscriber.dirty = false;
        yield this.message(subscriber);
        if (!subscriber.dirty) await this.changed(subscriber);
      }
    } finally {
      stopListening();
      this.subscribers.delete(subscriber);
    }
  }

  private async changed(subscriber: Subscriber): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.intervalMs);
      timer.unref();
      subscriber.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    subscriber.wake = () => undefined;
  }

  private message(subscriber: Subscriber): StreamHealthResponse {
    const { serving, primaryTermStart, reason } = this.state.state;
    const message = StreamHealthResponse.fromPartial({
      target: this.state.target,
      tabletAlias: this.alias,
      serving,
      primaryTermStartTimestamp: BigInt(primaryTermStart),
      realtimeStats: {
        qps: this.rate.perSecond(),
        healthError: reason,
        txUnresolved: this.unresolved,
        replicationLagSeconds: Math.min(this.lagSeconds, 0xffffffff),
        tableSchemaChanged: [...subscriber.tables].sort(),
        viewSchemaChanged: [...subscriber.views].sort(),
      },
    });
    subscriber.tables.clear();
    subscriber.views.clear();
    return message;
  }
}

function mark(subscriber: Subscriber): void {
  subscriber.dirty = true;
  subscriber.wake();
}
