import type { TabletAlias, TabletType } from '@vitess-ts/proto/topodata';
import type { Destination } from '@vitess-ts/key';

/** A parsed target string (`USE ks:-80@replica`). An empty keyspace means none is selected. */
export interface TargetString {
  keyspace: string;
  /** Absent: the gate's default, primary. */
  tabletType: TabletType | undefined;
  /** Set for a shard, key range or keyspace id target: vindexes are bypassed. */
  destination: Destination | undefined;
  alias: TabletAlias | undefined;
}
