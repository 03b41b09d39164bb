import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@grpc/grpc-js';
import { tabletAliasString } from '@vitess-ts/proto';
import { createChannel, unary } from '@vitess-ts/servenv';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import {
  ApplySchemaRequest,
  ApplyVSchemaRequest,
  GetTabletsRequest,
  InitShardPrimaryRequest,
  RebuildKeyspaceGraphRequest,
} from '@vitess-ts/proto/vtctldata';
import type { Keyspace } from '@vitess-ts/proto/vschema';

/** Longest that one step of the set-up may take. */
const STEP_TIMEOUT_MS = 60_000;
const POLL_MS = 25;

/** The set-up's calls to vtctld, the same that an operator makes. */
export class Control {
  private readonly client: Client;

  constructor(address: string) {
    this.client = createChannel(address);
  }

  /** Makes the cell known. An embedded topology keeps it in the same store, etcd on the same server. */
  async ensureCell(name: string, topo: { implementation: string; address: string }): Promise<void> {
    const { names } = await unary(this.client, VtctldService.getCellInfoNames, {}, this.settings());
    if (names.includes(name)) return;
    const serverAddress = topo.implementation === 'etcd2' ? topo.address : '';
    const cellInfo = { serverAddress, root: `/vitess/${name}` };
    await unary(this.client, VtctldService.addCellInfo, { name, cellInfo }, this.settings());
  }

  /** Waits until all these tablets are in the topology: a primary that is elected before does not know them. */
  async untilTabletsAreKnown(aliases: readonly string[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const { tablets } = await unary(
        this.client,
        VtctldService.getTablets,
        GetTabletsRequest.fromPartial({}),
        this.settings(),
      );
      const known = new Set(tablets.map((t) => tabletAliasString(t.alias)));
      const missing = aliases.filter((alias) => !known.has(alias));
      if (missing.length === 0) return;
      if (signal.aborted) throw new Error(`tablets did not come into the topology: ${missing.join(', ')}`);
      await delay(POLL_MS);
    }
  }

  async shardHasPrimary(keyspace: string, shardName: string): Promise<boolean> {
    const answer = await unary(this.client, VtctldService.getShard, { keyspace, shardName }, this.settings());
    return answer.shard?.shard?.primaryAlias !== undefined;
  }

  async initShardPrimary(keyspace: string, shard: string, cell: string, uid: number): Promise<void> {
    const request = InitShardPrimaryRequest.fromPartial({
      keyspace,
      shard,
      primaryElectTabletAlias: { cell, uid },
      force: true,
    });
    await unary(this.client, VtctldService.initShardPrimary, request, this.settings());
  }

  async rebuildKeyspaceGraph(keyspace: string): Promise<void> {
    const request = RebuildKeyspaceGraphRequest.fromPartial({ keyspace });
    await unary(this.client, VtctldService.rebuildKeyspaceGraph, request, this.settings());
  }

  async applySchema(keyspace: string, sql: string[]): Promise<void> {
    const request = ApplySchemaRequest.fromPartial({ keyspace, sql, ddlStrategy: 'direct' });
    await unary(this.client, VtctldService.applySchema, request, this.settings());
  }

  async applyVSchema(keyspace: string, vSchema: Keyspace): Promise<void> {
    const request = ApplyVSchemaRequest.fromPartial({ keyspace, vSchema });
    await unary(this.client, VtctldService.applyVSchema, request, this.settings());
  }

  close(): void {
    this.client.close();
  }

  private settings(): { timeoutMs: number } {
    return { timeoutMs: STEP_TIMEOUT_MS };
  }
}
