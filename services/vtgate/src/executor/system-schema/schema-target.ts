/** What a query of system tables is rewritten for. */
export interface SchemaTarget {
  /** The keyspace whose shard answers; the only one that has a schema there. */
  keyspace: string;
  /** All of the cluster. */
  keyspaces: readonly string[];
  dialect: 'mariadb' | 'mysql';
}
