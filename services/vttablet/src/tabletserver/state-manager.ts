import { ListenerSet } from '@vitess-ts/base';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { Target } from '@vitess-ts/proto/query';
import { tabletErrors } from './tablet-errors';

export interface ServingState {
  readonly tabletType: TabletType;
  /** Unix seconds; 0 when not primary. */
  readonly primaryTermStart: number;
  readonly serving: boolean;
  /** Why it does not serve, '' when it does or is meant not to. */
  readonly reason: string;
}

/**
 * What the tablet is and whether it serves. It serves while it is meant to, its type answers queries, and nothing
 * stands against it (mysqld down, unsafe configuration).
 */
export class StateManager {
  private type: TabletType = TabletType.UNKNOWN;
  private termStart = 0;
  private wanted = false;
  private shuttingDown = false;
  private draining = false;
  private readonly obstacles = new Map<string, string>();
  private readonly changes: ListenerSet<ServingState>;
  private current: ServingState = {
    tabletType: TabletType.UNKNOWN,
    primaryTermStart: 0,
    serving: false,
    reason: '',
  };

  constructor(
    readonly keyspace: string,
    readonly shard: string,
    readonly cell: string,
    onError: (error: unknown) => void,
  ) {
    this.changes = new ListenerSet(onError);
  }

  get state(): ServingState {
    return this.current;
  }

  get target(): Target {
    const { keyspace, shard, cell } = this;
    return { keyspace, shard, cell, tabletType: this.type };
  }

  /** Whether the tablet is meant to serve, and as what. */
  setType(tabletType: TabletType, primaryTermStart: number, wanted = true): void {
    this.type = tabletType;
    this.termStart = tabletType === TabletType.PRIMARY ? primaryTermStart : 0;
    this.wanted = wanted;
    this.draining = false;
    this.update();
  }

  /** Refuses new work until the type is set again; what is open may end. */
  drain(): void {
    this.wanted = false;
    this.draining = true;
    this.update();
  }

  /** Puts a reason against serving, or takes it away with ''. */
  setObstacle(name: string, reason: string): void {
    if (reason === '') this.obstacles.delete(name);
    else this.obstacles.set(name, reason);
    this.update();
  }

  /** Refuses new work for good; what is open may end. */
  shutDown(): void {
    this.shuttingDown = true;
    this.update();
  }

  onChange(listener: (state: ServingState) => void): () => void {
    return this.changes.add(listener);
  }

  /**
   * Throws unless a request for `target` may run here. `continuing`: it belongs to a transaction or reserved
   * connection that is open, which may end its work while the tablet shuts down or is demoted.
   */
  check(target: Target, continuing: boolean): void {
    const { current } = this;
    if (target.keyspace !== this.keyspace) throw tabletErrors.wrongKeyspace(target.keyspace, this.keyspace);
    if (target.shard !== this.shard) throw tabletErrors.wrongShard(target.shard, this.shard);
    if (!current.serving && !(continuing && (this.shuttingDown || this.draining))) {
      throw tabletErrors.notServing(this.shuttingDown ? 'SHUTTING_DOWN' : 'NOT_SERVING');
    }
    if (target.tabletType !== this.type) throw tabletErrors.wrongTabletType(this.type, target.tabletType);
  }

  private update(): void {
    const [reason = ''] = this.obstacles.values();
    const next: ServingState = {
      tabletType: this.type,
      primaryTermStart: this.termStart,
      serving: this.wanted && !this.shuttingDown && servingTypes.has(this.type) && reason === '',
      reason,
    };
    const before = this.current;
    this.current = next;
    if (
      before.serving !== next.serving ||
      before.tabletType !== next.tabletType ||
      before.primaryTermStart !== next.primaryTermStart ||
      before.reason !== next.reason
    ) {
      this.changes.emit(next);
    }
  }
}

const servingTypes: ReadonlySet<TabletType> = new Set([
  TabletType.PRIMARY,
  TabletType.REPLICA,
  TabletType.RDONLY,
]);
