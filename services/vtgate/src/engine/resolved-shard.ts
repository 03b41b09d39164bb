/** One shard that a route goes to, for the tablet type of the session. */
export interface ResolvedShard {
  keyspace: string;
  shard: string;
}
