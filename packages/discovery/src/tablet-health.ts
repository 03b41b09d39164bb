import type { QueryService } from '@vitess-ts/queryservice';
import type { RealtimeStats, Target } from '@vitess-ts/proto/query';
import type { Tablet } from '@vitess-ts/proto/topodata';

/** What is known of one tablet: a snapshot, replaced as a whole at every change and never altered. */
export interface TabletHealth {
  /** `cell-uid`, the uid with ten digits. */
  readonly alias: string;
  /** The topology record. */
  readonly tablet: Tablet;
  /** What the tablet says it is; until it has spoken, what its record says. */
  readonly target: Target;
  /** True only while the health stream is alive and the tablet said it serves. */
  readonly serving: boolean;
  /** Unix time in seconds when it became primary; 0 for others. */
  readonly primaryTermStart: number;
  readonly lagSeconds: number;
  readonly stats?: RealtimeStats;
  /** Why it does not serve: the stream's error or the tablet's own words. */
  readonly lastError?: Error;
  /** Calls this tablet; owned by the health check, callers never close it. */
  readonly queryService: QueryService;
}

/** One change of a tablet, in the order in which it was learnt. */
export interface TabletHealthChange {
  readonly health: TabletHealth;
  /** The health before, absent for a tablet that is new. */
  readonly previous?: TabletHealth;
  /** True when the tablet left the topology; `health.serving` is false then. */
  readonly removed: boolean;
  /** Tables and views whose definition changed since the last message of this tablet. */
  readonly tablesChanged: readonly string[];
  readonly viewsChanged: readonly string[];
}
