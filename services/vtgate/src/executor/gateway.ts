import type { TabletAlias } from '@vitess-ts/proto/topodata';
import type { KeyRange } from '@vitess-ts/key';
import type { Target } from '@vitess-ts/proto/query';
import type { TabletHealth } from '@vitess-ts/discovery';
import type { QueryService } from '@vitess-ts/queryservice';

/** A tablet chosen for a statement. */
export interface ChosenTablet {
  alias: TabletAlias;
  service: QueryService;
}

export interface ShardRange {
  name: string;
  keyRange: KeyRange;
}

/**
 * What the executor needs of the cluster. It answers from the last watched state and never waits for the topology
 * service itself.
 */
export interface Gateway {
  keyspaces(): string[];
  /** Shards that serve the tablet type, by key range. Throws `VtError` NOT_FOUND for an unknown keyspace. */
  shards(keyspace: string, tabletType: number): ShardRange[];
  /** A healthy tablet for the target; waits for one until the signal aborts or the gate's limit is reached. */
  choose(target: Target, signal: AbortSignal): Promise<ChosenTablet>;
  /** The tablet of an open transaction or a `|alias` target. Throws UNAVAILABLE when it is not known. */
  byAlias(alias: TabletAlias): ChosenTablet;
  /** All known tablets, serving or not. */
  tablets(): TabletHealth[];
}
