import {
  Keyspace as VSchema,
  KeyspaceRoutingRules,
  MirrorRules,
  RoutingRules,
  ShardRoutingRules,
} from '@vitess-ts/proto/vschema';
import { isNoNode } from '../errors';
import {
  keyspaceRoutingRulesPath,
  mirrorRulesPath,
  routingRulesPath,
  shardRoutingRulesPath,
  vschemaPath,
} from './layout';
import { TabletRecords } from './tablet-records';

/** VSchemas of keyspaces, and the rules that send queries for one table or keyspace to another. */
export class VSchemaRecords extends TabletRecords {
  /** NOT_FOUND when the keyspace has none (yet). */
  getVSchema(keyspace: string, signal?: AbortSignal): Promise<VSchema> {
    return this.readRecord(this.global, vschemaPath(keyspace), VSchema, signal);
  }

  /** Replaces the vschema. Nobody uses it before the serving vschema is rebuilt. NOT_FOUND without the keyspace. */
  async saveVSchema(keyspace: string, vschema: VSchema, signal?: AbortSignal): Promise<void> {
    await this.getKeyspace(keyspace, signal);
    await this.writeRecord(this.global, vschemaPath(keyspace), VSchema, vschema, signal);
  }

  /** Gives a keyspace that has no vschema an empty one. */
  async ensureVSchema(keyspace: string, signal?: AbortSignal): Promise<void> {
    await this.changeRecord(this.global, vschemaPath(keyspace), VSchema, () => undefined, {
      missing: () => VSchema.create(),
      signal,
    });
  }

  /** No error when there is none. */
  async deleteVSchema(keyspace: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.global.delete(vschemaPath(keyspace), null, signal);
    } catch (error) {
      if (!isNoNode(error)) throw error;
    }
  }

  /** The rules of each kind; none at all when they were never written. */
  async getRoutingRules(signal?: AbortSignal): Promise<RoutingRules> {
    const rules = await this.readIfThere(this.global, routingRulesPath, RoutingRules, signal);
    return rules ?? RoutingRules.create();
  }

  async getShardRoutingRules(signal?: AbortSignal): Promise<ShardRoutingRules> {
    const rules = await this.readIfThere(this.global, shardRoutingRulesPath, ShardRoutingRules, signal);
    return rules ?? ShardRoutingRules.create();
  }

  async getKeyspaceRoutingRules(signal?: AbortSignal): Promise<KeyspaceRoutingRules> {
    const rules = await this.readIfThere(this.global, keyspaceRoutingRulesPath, KeyspaceRoutingRules, signal);
    return rules ?? KeyspaceRoutingRules.create();
  }

  async getMirrorRules(signal?: AbortSignal): Promise<MirrorRules> {
    const rules = await this.readIfThere(this.global, mirrorRulesPath, MirrorRules, signal);
    return rules ?? MirrorRules.create();
  }

  /** Replaces all rules. Whoever adds to them holds the named lock `routing_rules`. */
  async saveRoutingRules(rules: RoutingRules, signal?: AbortSignal): Promise<void> {
    await this.writeRecord(this.global, routingRulesPath, RoutingRules, rules, signal);
  }

  async saveShardRoutingRules(rules: ShardRoutingRules, signal?: AbortSignal): Promise<void> {
    await this.writeRecord(this.global, shardRoutingRulesPath, ShardRoutingRules, rules, signal);
  }

  async saveKeyspaceRoutingRules(rules: KeyspaceRoutingRules, signal?: AbortSignal): Promise<void> {
    await this.writeRecord(this.global, keyspaceRoutingRulesPath, KeyspaceRoutingRules, rules, signal);
  }

  async saveMirrorRules(rules: MirrorRules, signal?: AbortSignal): Promise<void> {
    await this.writeRecord(this.global, mirrorRulesPath, MirrorRules, rules, signal);
  }
}
