import type { TabletHealth, TabletHealthChange } from '@vitess-ts/discovery';
import { tabletAliasString, tabletTypeLowerName } from '@vitess-ts/proto';
import type { Target } from '@vitess-ts/proto/query';
import { TabletType, type TabletAlias } from '@vitess-ts/proto/topodata';
import { NotSentError, TracedQueryService, type QueryService } from '@vitess-ts/queryservice';
import type { Tracer } from '@vitess-ts/telemetry';
import { Code, VtError, vtError } from '@vitess-ts/vterrors';
import type { ChosenTablet, Gateway, ShardRange } from '../executor/gateway';
import { FollowedKeyspaces, type KeyspaceGraph } from './followed-keyspaces';

/** What is needed of discovery's `HealthCheck`. */
export interface TabletHealthSource {
  healthy(target: Pick<Target, 'keyspace' | 'shard' | 'tabletType'>): readonly TabletHealth[];
  tablet(alias: string): TabletHealth | undefined;
  tablets(): TabletHealth[];
  onChange(listener: (change: TabletHealthChange) => void): () => void;
}

export interface TabletGatewayOptions {
  health: TabletHealthSource;
  graph: KeyspaceGraph;
  /** Longest wait for a healthy tablet. Default 30 s. */
  waitLimitMs?: number;
  /** Longest wait for a tablet of a kind of which the shard has none at all, not even a sick one. Default 1 s. */
  unknownWaitLimitMs?: number;
  /** How often the names of the cell's keyspaces are read. Default 500 ms. */
  namesIntervalMs?: number;
  /** Told of topology reads that fail; the last known state stays in use. */
  onError: (error: Error) => void;
  /** Gets a span for each call of a tablet. */
  tracer?: Tracer;
}

/** The cluster as the executor sees it: serving graph and tablet health of discovery, answered from memory. */
export class TabletGateway implements Gateway {
  private readonly followed: FollowedKeyspaces;
  private readonly traced = new WeakMap<QueryService, QueryService>();

  constructor(private readonly options: TabletGatewayOptions) {
    const { graph, namesIntervalMs, onError } = options;
    this.followed = new FollowedKeyspaces({ graph, namesIntervalMs, onError });
  }

  /** Resolves when the cell's serving graph is known. Health check and serving graph are started by their owner. */
  start(signal: AbortSignal): Promise<void> {
    return this.followed.start(signal);
  }

  stop(): Promise<void> {
    return this.followed.stop();
  }

  keyspaces(): string[] {
    return this.followed.keyspaces();
  }

  shards(keyspace: string, tabletType: number): ShardRange[] {
    return this.followed.shards(keyspace, tabletType);
  }

  /** Called with the name of each keyspace whose serving state changed. The listener must not throw. */
  onKeyspaceChange(listener: (keyspace: string) => void): () => void {
    return this.followed.onChange(listener);
  }

  async choose(target: Target, signal: AbortSignal): Promise<ChosenTablet> {
    const [best] = this.options.health.healthy(target);
    return best === undefined ? this.waitFor(target, signal) : this.chosen(best);
  }

  byAlias(alias: TabletAlias): ChosenTablet {
    const name = tabletAliasString(alias);
    const health = this.options.health.tablet(name);
    if (health === undefined) throw vtError('VT14003', name);
    return { alias, service: this.traceable(health) };
  }

  tablets(): TabletHealth[] {
    return this.options.health.tablets();
  }

  private waitFor(target: Target, signal: AbortSignal): Promise<ChosenTablet> {
    if (signal.aborted) return Promise.reject(noHealthyTablet(target));
    const limitMs = this.limitFor(target);
    return new Promise<ChosenTablet>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        stopListening();
        signal.removeEventListener('abort', give);
      };
      const give = (): void => {
        end();
        reject(noHealthyTablet(target));
      };
      const timer = setTimeout(give, limitMs);
      const stopListening = this.options.health.onChange(() => {
        const [best] = this.options.health.healthy(target);
        if (best === undefined) return;
        end();
        resolve(this.chosen(best));
      });
      signal.addEventListener('abort', give, { once: true });
    });
  }

  private chosen(health: TabletHealth): ChosenTablet {
    const { alias } = health.tablet;
    if (alias === undefined)
      throw new VtError(Code.INTERNAL, `the record of tablet ${health.alias} has no alias`);
    return { alias, service: this.traceable(health) };
  }

  private traceable({ queryService, alias }: TabletHealth): QueryService {
    const { tracer } = this.options;
    if (tracer === undefined) return queryService;
    let service = this.traced.get(queryService);
    if (service === undefined) {
      const attributes = { 'vitess.tablet': alias };
      service = new TracedQueryService(queryService, {
        tracer,
        prefix: 'vtgate.shard',
        kind: 'client',
        attributes,
      });
      this.traced.set(queryService, service);
    }
    return service;
  }

  /** A shard always gets a primary again; but a replica that was never set up will not come by waiting. */
  private limitFor(target: Target): number {
    const { waitLimitMs = 30_000, unknownWaitLimitMs = 1000 } = this.options;
    const isKnown =
      target.tabletType === TabletType.PRIMARY ||
      this.tablets().some(
        ({ target: t }) =>
          t.keyspace === target.keyspace && t.shard === target.shard && t.tabletType === target.tabletType,
      );
    return isKnown ? waitLimitMs : Math.min(waitLimitMs, unknownWaitLimitMs);
  }
}

function noHealthyTablet({ keyspace, shard, tabletType }: Target): VtError {
  const type = tabletTypeLowerName(tabletType);
  return new VtError(
    Code.UNAVAILABLE,
    `target: ${keyspace}.${shard}.${type}: no healthy tablet available for 'keyspace:"${keyspace}" shard:"${shard}" ` +
      `tablet_type:${type.toUpperCase()}'`,
    { cause: new NotSentError('no healthy tablet') },
  );
}
