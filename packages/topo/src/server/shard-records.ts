import {
  canonicalShardName,
  compareKeyRanges,
  isUnshardedName,
  keyRangeOrFull,
  keyRangesIntersect,
  parseKeyRange,
} from '@vitess-ts/key';
import { Shard } from '@vitess-ts/proto/topodata';
import { isNodeExists, isNoNode, noNode } from '../errors';
import { defaultKeyspace, KeyspaceRecords } from './keyspace-records';
import { globalCell, shardPath, shardsDir } from './layout';
import type { RecordChange } from './record-store';

export class ShardRecords extends KeyspaceRecords {
  /** Sorted by name. NOT_FOUND when there is no such keyspace. */
  async getShardNames(keyspace: string, signal?: AbortSignal): Promise<string[]> {
    const names = await this.names(this.global, shardsDir(keyspace), signal);
    if (names.length === 0) await this.getKeyspace(keyspace, signal);
    return names;
  }

  async getShard(keyspace: string, shard: string, signal?: AbortSignal): Promise<Shard> {
    const record = await this.readIfThere(this.global, shardPath(keyspace, shard), Shard, signal);
    if (!record) throw noNode(`shard ${keyspace}/${shard}`);
    return record;
  }

  /** By name, in the order of their key ranges. NOT_FOUND when there is no such keyspace. */
  async findAllShardsInKeyspace(keyspace: string, signal?: AbortSignal): Promise<Map<string, Shard>> {
    const shards: [string, Shard][] = [];
    for (const name of await this.getShardNames(keyspace, signal)) {
      const shard = await this.readIfThere(this.global, shardPath(keyspace, name), Shard, signal);
      if (shard) shards.push([name, shard]);
    }
    shards.sort(([, a], [, b]) => compareKeyRanges(keyRangeOrFull(a.keyRange), keyRangeOrFull(b.keyRange)));
    return new Map(shards);
  }

  /**
   * Makes a shard; its key range follows from its name, and it serves unless it overlaps a shard that is there.
   * NOT_FOUND when there is no such keyspace, ALREADY_EXISTS when there is such a shard.
   */
  async createShard(keyspace: string, name: string, signal?: AbortSignal): Promise<Shard> {
    const shard = canonicalShardName(name);
    await this.getKeyspace(keyspace, signal);
    return this.withKeyspaceLock(
      keyspace,
      'CreateShard',
      async (lock) => {
        const keyRange = isUnshardedName(shard) ? undefined : parseKeyRange(shard);
        const others = await this.findAllShardsInKeyspace(keyspace, signal);
        const overlaps = [...others].some(
          ([otherName, other]) =>
            otherName !== shard &&
            keyRangesIntersect(keyRangeOrFull(other.keyRange), keyRangeOrFull(keyRange)),
        );
        const record = Shard.create({ keyRange, isPrimaryServing: !overlaps });
        await lock.check(signal);
        await this.createRecord(this.global, shardPath(keyspace, shard), Shard, record, signal);
        return record;
      },
      { signal },
    );
  }

  /** The shard, made together with its keyspace's default record if need be: what a starting tablet asks for. */
  async getOrCreateShard(keyspace: string, shard: string, signal?: AbortSignal): Promise<Shard> {
    try {
      return await this.getShard(keyspace, shard, signal);
    } catch (error) {
      if (!isNoNode(error)) throw error;
    }
    try {
      await this.createKeyspace(keyspace, defaultKeyspace(), signal);
    } catch (error) {
      if (!isNodeExists(error)) throw error;
    }
    try {
      return await this.createShard(keyspace, shard, signal);
    } catch (error) {
      if (!isNodeExists(error)) throw error;
      return this.getShard(keyspace, shard, signal);
    }
  }

  /** Changes a shard by compare and swap. Whoever changes who serves or who is primary holds the shard's lock. */
  updateShardFields(
    keyspace: string,
    shard: string,
    change: RecordChange<Shard>,
    signal?: AbortSignal,
  ): Promise<Shard> {
    return this.changeRecord(this.global, shardPath(keyspace, shard), Shard, change, { signal });
  }

  /** Deletes the global record only. */
  async deleteShard(keyspace: string, shard: string, signal?: AbortSignal): Promise<void> {
    await this.global.delete(shardPath(keyspace, shard), null, signal);
  }

  /** The record of a shard now and after each change; null while there is none. */
  watchShard(keyspace: string, shard: string, signal: AbortSignal): AsyncIterable<Shard | null> {
    return this.watchRecord(globalCell, shardPath(keyspace, shard), Shard, signal);
  }
}
