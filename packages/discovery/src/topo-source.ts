import type { SrvKeyspace, Tablet } from '@vitess-ts/proto/topodata';
import type { SrvVSchema } from '@vitess-ts/proto/vschema';

/** A value that is followed: the current one first, then each newer one; null while there is none. */
export type Watch<T> = AsyncIterable<T | null>;

/** What the health check needs of the topology. */
export interface TabletRecords {
  /** All tablet records of a cell. */
  getTabletsByCell(cell: string, signal?: AbortSignal): Promise<Tablet[]>;
}

/** What the serving graph needs of the topology. Watches end by an error or by `signal`; the reader watches again. */
export interface ServingRecords {
  getSrvKeyspaceNames(cell: string, signal?: AbortSignal): Promise<string[]>;
  watchSrvKeyspace(cell: string, keyspace: string, signal: AbortSignal): Watch<SrvKeyspace>;
  watchSrvVSchema(cell: string, signal: AbortSignal): Watch<SrvVSchema>;
}
