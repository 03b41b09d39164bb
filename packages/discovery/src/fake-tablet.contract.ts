import { StreamHealthResponse } from '@vitess-ts/proto/query';
import { Tablet, type TabletAlias, type TabletType } from '@vitess-ts/proto/topodata';
import type { CallContext, QueryService } from '@vitess-ts/queryservice';

/** A tablet that has a health stream and nothing else; the test says what it tells. */
export class FakeTablet {
  /** Streams that were opened, ever, and those that are open now. */
  opened = 0;
  open = 0;
  closed = false;
  private current: StreamHealthResponse | undefined;
  private wake: () => void = () => undefined;
  private failure: Error | undefined;

  constructor(
    readonly alias: TabletAlias,
    readonly type: TabletType,
    readonly shard = '0',
  ) {}

  get record(): Tablet {
    return Tablet.fromPartial({
      alias: this.alias,
      hostname: `host-${this.alias.uid}`,
      portMap: { grpc: 16000 },
      keyspace: 'ks',
      shard: this.shard,
      type: this.type,
    });
  }

  tell(message: {
    serving?: boolean;
    type?: TabletType;
    term?: number;
    lag?: number;
    error?: string;
    tables?: string[];
    alias?: TabletAlias;
  }): void {
    this.current = StreamHealthResponse.fromPartial({
      target: { keyspace: 'ks', shard: this.shard, tabletType: message.type ?? this.type },
      serving: message.serving ?? true,
      primaryTermStartTimestamp: BigInt(message.term ?? 0),
      tabletAlias: message.alias ?? this.alias,
      realtimeStats: {
        replicationLagSeconds: message.lag ?? 0,
        healthError: message.error ?? '',
        tableSchemaChanged: message.tables ?? [],
      },
    });
    this.wake();
  }

  /** Breaks the stream that is open. */
  breakStream(error: Error): void {
    this.failure = error;
    this.wake();
  }

  get service(): QueryService {
    return {
      streamHealth: (ctx: CallContext) => this.stream(ctx),
      close: async () => void (this.closed = true),
    } as unknown as QueryService;
  }

  private async *stream(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    const signal = ctx.signal as AbortSignal;
    this.opened++;
    this.open++;
    signal.addEventListener('abort', () => this.wake());
    try {
      while (!signal.aborted) {
        if (this.failure) {
          const error = this.failure;
          this.failure = undefined;
          throw error;
        }
        const told = this.current;
        this.current = undefined;
        if (told) yield told;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.open--;
    }
  }
}
