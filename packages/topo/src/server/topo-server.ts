import { SrvKeyspace } from '@vitess-ts/proto/topodata';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { isNoNode } from '../errors';
import { keyspacesDir, srvKeyspacePath, srvVSchemaPath } from './layout';
import { VSchemaRecords } from './vschema-records';

/**
 * The topology of a cluster: typed records over the global store and the store of each cell, in Vitess's layout and
 * encoding. Each layer of the class adds the records of one subject; this last one the serving graph, which is what
 * vtgate follows. All methods reject with a `VtError`; NOT_FOUND means that there is no such record.
 */
export class TopoServer extends VSchemaRecords {
  /** The keyspaces that a cell serves, sorted. */
  async getSrvKeyspaceNames(cell: string, signal?: AbortSignal): Promise<string[]> {
    const conn = await this.connForCell(cell, signal);
    const files = await this.files(conn, keyspacesDir, signal);
    const names = files.map(({ path }) => path.split('/')).filter(([, , file]) => file === 'SrvKeyspace');
    return names.map(([, keyspace]) => keyspace);
  }

  async getSrvKeyspace(cell: string, keyspace: string, signal?: AbortSignal): Promise<SrvKeyspace> {
    const conn = await this.connForCell(cell, signal);
    return this.readRecord(conn, srvKeyspacePath(keyspace), SrvKeyspace, signal);
  }

  /** Replaces the record; the keyspace's lock must be held. */
  async updateSrvKeyspace(
    cell: string,
    keyspace: string,
    record: SrvKeyspace,
    signal?: AbortSignal,
  ): Promise<void> {
    const conn = await this.connForCell(cell, signal);
    await this.writeRecord(conn, srvKeyspacePath(keyspace), SrvKeyspace, record, signal);
  }

  /** No error when there is none. */
  async deleteSrvKeyspace(cell: string, keyspace: string, signal?: AbortSignal): Promise<void> {
    await this.deleteIfThere(cell, srvKeyspacePath(keyspace), signal);
  }

  async getSrvVSchema(cell: string, signal?: AbortSignal): Promise<SrvVSchema> {
    const conn = await this.connForCell(cell, signal);
    return this.readRecord(conn, srvVSchemaPath, SrvVSchema, signal);
  }

  async updateSrvVSchema(cell: string, record: SrvVSchema, signal?: AbortSignal): Promise<void> {
    const conn = await this.connForCell(cell, signal);
    await this.writeRecord(conn, srvVSchemaPath, SrvVSchema, record, signal);
  }

  /** No error when there is none. */
  async deleteSrvVSchema(cell: string, signal?: AbortSignal): Promise<void> {
    await this.deleteIfThere(cell, srvVSchemaPath, signal);
  }

  /** What a cell serves of a keyspace now and after each change; null while it serves nothing of it. */
  watchSrvKeyspace(cell: string, keyspace: string, signal: AbortSignal): AsyncIterable<SrvKeyspace | null> {
    return this.watchRecord(cell, srvKeyspacePath(keyspace), SrvKeyspace, signal);
  }

  /** The vschema that a cell serves now and after each change; null while there is none. */
  watchSrvVSchema(cell: string, signal: AbortSignal): AsyncIterable<SrvVSchema | null> {
    return this.watchRecord(cell, srvVSchemaPath, SrvVSchema, signal);
  }

  private async deleteIfThere(cell: string, path: string, signal?: AbortSignal): Promise<void> {
    const conn = await this.connForCell(cell, signal);
    try {
      await conn.delete(path, null, signal);
    } catch (error) {
      if (!isNoNode(error)) throw error;
    }
  }
}
