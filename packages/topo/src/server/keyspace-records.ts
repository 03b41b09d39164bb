import { Keyspace, KeyspaceType } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { noNode, notEmpty } from '../errors';
import { CellRecords } from './cell-records';
import { checkName, keyspacePath, keyspacesDir, shardsDir } from './layout';
import type { RecordChange } from './record-store';

/** The record of a keyspace that nobody has said anything special about. */
export function defaultKeyspace(): Keyspace {
  return Keyspace.create({ durabilityPolicy: 'none', sidecarDbName: '_vt' });
}

export class KeyspaceRecords extends CellRecords {
  /** The names of all keyspaces, sorted. */
  getKeyspaces(signal?: AbortSignal): Promise<string[]> {
    return this.names(this.global, keyspacesDir, signal);
  }

  async getKeyspace(keyspace: string, signal?: AbortSignal): Promise<Keyspace> {
    const record = await this.readIfThere(this.global, keyspacePath(keyspace), Keyspace, signal);
    if (!record) throw noNode(`keyspace ${keyspace}`);
    return record;
  }

  /** ALREADY_EXISTS when there is such a keyspace. A SNAPSHOT keyspace needs its base keyspace. */
  async createKeyspace(keyspace: string, record: Keyspace, signal?: AbortSignal): Promise<void> {
    checkName('keyspace', keyspace);
    if (record.keyspaceType === KeyspaceType.SNAPSHOT && record.baseKeyspace === '') {
      throw new VtError(Code.INVALID_ARGUMENT, `SNAPSHOT keyspace ${keyspace} needs a base keyspace`);
    }
    await this.createRecord(this.global, keyspacePath(keyspace), Keyspace, record, signal);
  }

  updateKeyspaceFields(
    keyspace: string,
    change: RecordChange<Keyspace>,
    signal?: AbortSignal,
  ): Promise<Keyspace> {
    return this.changeRecord(this.global, keyspacePath(keyspace), Keyspace, change, { signal });
  }

  /** FAILED_PRECONDITION while it has shards. Its vschema and serving records are deleted on their own. */
  async deleteKeyspace(keyspace: string, signal?: AbortSignal): Promise<void> {
    const shards = await this.names(this.global, shardsDir(keyspace), signal);
    if (shards.length > 0) throw notEmpty(`keyspace ${keyspace} has shards ${shards.slice(0, 5).join(', ')}`);
    await this.global.delete(keyspacePath(keyspace), null, signal);
  }
}
