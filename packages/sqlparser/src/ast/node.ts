/**
 * What every node has: a `kind` that tells it apart in the union, and the offsets of its source text (UTF-16 units of
 * the parsed string, end excluded). Nodes that a rewriter makes have no range. Nodes are plain data and treated as
 * immutable: a rewriter builds new ones.
 */
export interface Range {
  start?: number;
  end?: number;
}

/** A table as written. `keyspace` is the qualifier before the dot: a keyspace, a database, or `keyspace:shard`. */
export interface TableName extends Range {
  keyspace?: string;
  name: string;
}
