import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Keyspace } from '@vitess-ts/proto/vschema';
import { Control } from './control';
import { HOST, tabletName, type ClusterHost, type HostContext } from './host';
import { InProcessHost } from './in-process-host';
import { type Layout, layoutConflict, planLayout, readLayout, writeLayout } from './layout';
import { loadRows } from './load-rows';
import type { UpOptions } from './options';
import { assertPortsFree, clusterPorts, type ClusterPorts } from './ports';
import { ProcessHost } from './process-host';
import { readKeyspaceSchema, type KeyspaceSchema } from './schema-files';
import type { ClusterInfo, MemberProcess } from './state-file';
import { stopLeftovers } from './tablet';

const exampleDir = join(__dirname, '..', 'example');

/** Sets a cluster up from its options, whichever way its services run. */
export class Cluster {
  private readonly ports: ClusterPorts;
  private host?: ClusterHost;

  constructor(
    private readonly options: UpOptions,
    private readonly version: string,
    /** Told when a process was started, the first time or again. */
    private readonly onProcess: () => void,
  ) {
    this.ports = clusterPorts(options.portBase);
  }

  /** Resolves when the gate serves. After a start that failed, `stop` frees what there is. */
  async start(signal: AbortSignal): Promise<ClusterInfo> {
    const { dataDir, processes } = this.options;
    const layout = await this.layout();
    await assertPortsFree(this.allPorts(layout));
    mkdirSync(join(dataDir, 'logs'), { recursive: true });
    const context: HostContext = { options: this.options, layout, ports: this.ports, version: this.version };
    const host = processes ? new ProcessHost(context, this.onProcess) : new InProcessHost(context);
    this.host = host;
    this.onProcess();
    await host.startTopology(signal);
    await host.startVtctld(signal);
    const control = new Control(`${HOST}:${this.ports.vtctldGrpc}`);
    try {
      await control.ensureCell(layout.cell, host.topology());
      await host.startTablets(signal);
      await control.untilTabletsAreKnown(
        layout.tablets.map((t) => tabletName(context, t)),
        signal,
      );
      await this.electPrimaries(layout, control);
      const schemas = layout.initialized ? [] : await this.applySchemas(layout, control);
      await host.startVtgate(signal);
      if (!layout.initialized) {
        const rows = this.options.example ? join(exampleDir, 'rows.sql') : undefined;
        await loadRows(HOST, this.ports.vtgateMysql, schemas, rows);
        writeLayout(dataDir, { ...layout, initialized: true });
      }
    } finally {
      control.close();
    }
    return this.info();
  }

  /** The cluster as it is now: processes that were replaced have new pids. */
  info(): ClusterInfo {
    const { ports } = this;
    const host = this.started();
    const at = (port: number): string => `${HOST}:${port}`;
    return {
      vtgate: {
        mysql: at(ports.vtgateMysql),
        grpc: at(ports.vtgateGrpc),
        http: at(ports.vtgateHttp),
        pid: host.vtgatePid(),
      },
      vtctld: { grpc: at(ports.vtctldGrpc), http: at(ports.vtctldHttp), pid: host.vtctldPid() },
      topo: host.topology(),
      tablets: host.tablets(),
    };
  }

  processes(): MemberProcess[] {
    return this.started().processes();
  }

  /** Stops all of it. The data stays. */
  async stop(): Promise<void> {
    await this.host?.stop();
  }

  private started(): ClusterHost {
    if (this.host === undefined) throw new Error('the cluster has not been started');
    return this.host;
  }

  /** The layout of the data directory; a set-up that did not get to its end is removed and made anew. */
  private async layout(): Promise<Layout> {
    const { dataDir, topo } = this.options;
    const known = readLayout(dataDir);
    if (known?.initialized && topo !== 'memory') {
      const conflict = layoutConflict(known, this.options);
      if (conflict) {
        throw new Error(
          `${dataDir} has another cluster: ${conflict}. Use another --data-dir, or the options it was made with.`,
        );
      }
      return known;
    }
    if (known) {
      await stopLeftovers(dataDir, known.cell, known.tablets);
      for (const part of ['topo', 'etcd', 'tablets']) {
        rmSync(join(dataDir, part), { recursive: true, force: true });
      }
    }
    const layout = planLayout(this.options, randomBytes(16).toString('hex'));
    writeLayout(dataDir, layout);
    return layout;
  }

  private allPorts(layout: Layout): number[] {
    const { vtctldHttp, vtctldGrpc, vtgateHttp, vtgateMysql, vtgateGrpc, etcdClient, etcdPeer } = this.ports;
    const etcd = this.options.topo === 'etcd' ? [etcdClient, etcdPeer] : [];
    const tablets = layout.tablets.flatMap(({ uid }) => [
      this.ports.tablet(uid).http,
      this.ports.tablet(uid).grpc,
    ]);
    return [vtctldHttp, vtctldGrpc, vtgateHttp, vtgateMysql, vtgateGrpc, ...etcd, ...tablets];
  }

  private async electPrimaries(layout: Layout, control: Control): Promise<void> {
    for (const { name, shards } of layout.keyspaces) {
      await Promise.all(
        shards.map(async (shard) => {
          if (await control.shardHasPrimary(name, shard)) return;
          const first = layout.tablets.find(
            (t) => t.keyspace === name && t.shard === shard && t.type === 'primary',
          );
          if (first === undefined) {
            throw new Error(`shard ${name}/${shard} has no tablet that could be its primary`);
          }
          await control.initShardPrimary(name, shard, layout.cell, first.uid);
        }),
      );
      await control.rebuildKeyspaceGraph(name);
    }
  }

  private async applySchemas(
    layout: Layout,
    control: Control,
  ): Promise<{ keyspace: string; schema: KeyspaceSchema }[]> {
    const schemaDir = this.options.schemaDir ?? (this.options.example ? exampleDir : undefined);
    const schemas = layout.keyspaces.map(({ name, shards }) => ({
      keyspace: name,
      sharded: shards.length > 1,
      schema: schemaDir === undefined ? { ddl: [], statements: [] } : readKeyspaceSchema(schemaDir, name),
    }));
    await Promise.all(
      schemas.map(async ({ keyspace, schema }) => {
        if (schema.ddl.length > 0) await control.applySchema(keyspace, schema.ddl);
      }),
    );
    // Unsharded ones first: sharded keyspaces name their sequences.
    const inOrder = [...schemas].sort((a, b) => Number(a.sharded) - Number(b.sharded));
    for (const { keyspace, schema, sharded } of inOrder) {
      await control.applyVSchema(keyspace, schema.vschema ?? Keyspace.fromPartial({ sharded }));
    }
    return schemas;
  }
}
