import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tabletAliasString } from '@vitess-ts/proto';
import { TabletType } from '@vitess-ts/proto/topodata';
import { Keyspace } from '@vitess-ts/proto/vschema';
import { LocalTablets } from '@vitess-ts/queryservice';
import { createLogger, fileSink, stderrSink, type LogSink, type Logger } from '@vitess-ts/servenv';
import { LocalTabletManagers, createTabletManagerClient } from '@vitess-ts/tmclient';
import { openTopo, type OpenedTopo } from '@vitess-ts/topo';
import { VtGate } from '@vitess-ts/vtgate';
import { Vtctld } from '@vitess-ts/vtctld';
import { Control } from './control';
import { type Layout, type TabletPlan, layoutConflict, planLayout, readLayout, writeLayout } from './layout';
import { loadRows } from './load-rows';
import type { UpOptions } from './options';
import { assertPortsFree, clusterPorts, type ClusterPorts } from './ports';
import { readKeyspaceSchema, type KeyspaceSchema } from './schema-files';
import type { ClusterInfo, TabletInfo } from './state-file';
import { LocalTablet, stopLeftovers } from './tablet';

const HOST = '127.0.0.1';
const GLOBAL_ROOT = '/vitess/global';
const exampleDir = join(__dirname, '..', 'example');

/** Everything in this process, one mysqld a tablet. */
export class Cluster {
  private readonly ports: ClusterPorts;
  private readonly stops: (() => Promise<void>)[] = [];
  private readonly localTablets = new LocalTablets();
  private readonly managers = new LocalTabletManagers();

  constructor(
    private readonly options: UpOptions,
    private readonly version: string,
  ) {
    this.ports = clusterPorts(options.portBase);
  }

  /** Resolves when the gate serves. After a start that failed, `stop` frees what there is. */
  async start(signal: AbortSignal): Promise<ClusterInfo> {
    const { dataDir } = this.options;
    const layout = await this.layout();
    await assertPortsFree(this.allPorts(layout));
    mkdirSync(join(dataDir, 'logs'), { recursive: true });
    const topo = await this.openTopology(layout.cell);
    await this.startVtctld(topo);
    const tablets = await this.startTablets(layout, topo, signal);
    const control = new Control(`${HOST}:${this.ports.vtctldGrpc}`);
    try {
      await this.electPrimaries(layout, control);
      const schemas = layout.initialized ? [] : await this.applySchemas(layout, control);
      await this.startVtgate(layout.cell, topo, signal);
      if (!layout.initialized) {
        const rows = this.options.example ? join(exampleDir, 'rows.sql') : undefined;
        await loadRows(HOST, this.ports.vtgateMysql, schemas, rows);
        writeLayout(dataDir, { ...layout, initialized: true });
      }
    } finally {
      control.close();
    }
    return this.info(tablets);
  }

  /** Stops all of it, the latest first. The data stays. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
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
      for (const part of ['topo', 'tablets']) rmSync(join(dataDir, part), { recursive: true, force: true });
    }
    const layout = planLayout(this.options, randomBytes(16).toString('hex'));
    writeLayout(dataDir, layout);
    return layout;
  }

  private allPorts(layout: Layout): number[] {
    const { vtctldHttp, vtctldGrpc, vtgateHttp, vtgateMysql, vtgateGrpc } = this.ports;
    const tablets = layout.tablets.flatMap(({ uid }) => [
      this.ports.tablet(uid).http,
      this.ports.tablet(uid).grpc,
    ]);
    return [vtctldHttp, vtctldGrpc, vtgateHttp, vtgateMysql, vtgateGrpc, ...tablets];
  }

  private logger(component: string): Logger {
    const file = fileSink(join(this.options.dataDir, 'logs', `${component}.log`));
    this.stops.push(async () => file.close());
    const sink: LogSink = {
      write: (line, level) => {
        file.write(line, level);
        if (level === 'warn' || level === 'error') stderrSink.write(line, level);
      },
      close: () => file.close(),
    };
    return createLogger({ component, sink });
  }

  private async openTopology(cell: string): Promise<OpenedTopo> {
    const opened = await openTopo({
      implementation: this.options.topo,
      address: join(this.options.dataDir, 'topo'),
      root: GLOBAL_ROOT,
    });
    this.stops.push(() => opened.close());
    const { topo } = opened;
    if (!(await topo.getCellInfoNames()).includes(cell)) {
      await topo.createCellInfo(cell, { serverAddress: '', root: `/vitess/${cell}` });
    }
    return opened;
  }

  private async startVtctld(topo: OpenedTopo): Promise<void> {
    const tabletManager = createTabletManagerClient({ local: this.managers });
    const vtctld = new Vtctld({
      host: HOST,
      grpcPort: this.ports.vtctldGrpc,
      port: this.ports.vtctldHttp,
      topo,
      topoDescription: `${this.options.topo} ${this.options.dataDir}/topo`,
      log: this.logger('vtctld'),
      version: this.version,
      tabletManager,
    });
    this.stops.push(async () => {
      await vtctld.stop();
      tabletManager.close();
    });
    await vtctld.start();
  }

  private async startTablets(layout: Layout, topo: OpenedTopo, signal: AbortSignal): Promise<LocalTablet[]> {
    const tablets = layout.tablets.map((plan) => this.tablet(plan, layout, topo));
    this.stops.push(async () => {
      await Promise.all(tablets.map((t) => t.stop()));
    });
    // Primaries make the keyspace and shard records; replicas then find them.
    const [primaries, others] = [true, false].map((isPrimary) =>
      tablets.filter((t) => (t.plan.type === 'primary') === isPrimary),
    );
    await Promise.all(primaries.map((t) => t.start(signal)));
    await Promise.all(others.map((t) => t.start(signal)));
    return tablets;
  }

  private tablet(plan: TabletPlan, layout: Layout, topo: OpenedTopo): LocalTablet {
    const alias = tabletAliasString({ cell: layout.cell, uid: plan.uid });
    const alone = layout.tablets.every(
      (t) => t === plan || t.shard !== plan.shard || t.keyspace !== plan.keyspace,
    );
    return new LocalTablet(plan, {
      cell: layout.cell,
      host: HOST,
      dir: join(this.options.dataDir, 'tablets', alias),
      ports: this.ports.tablet(plan.uid),
      // Nobody replicates from a server that is alone in its shard.
      listensForReplicas: !alone,
      replicationPassword: layout.replicationPassword,
      topo: topo.topo,
      localTablets: this.localTablets,
      managers: this.managers,
      log: this.logger(`vttablet-${alias}`),
    });
  }

  private async electPrimaries(layout: Layout, control: Control): Promise<void> {
    for (const { name, shards } of layout.keyspaces) {
      await Promise.all(
        shards.map(async (shard) => {
          if (await control.shardHasPrimary(name, shard)) return;
          const first = layout.tablets.find(
            (t) => t.keyspace === name && t.shard === shard && t.type === 'primary',
          );
          if (first === undefined)
            throw new Error(`shard ${name}/${shard} has no tablet that could be its primary`);
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
    for (const { keyspace, schema, sharded } of [...schemas].sort(
      (a, b) => Number(a.sharded) - Number(b.sharded),
    )) {
      await control.applyVSchema(keyspace, schema.vschema ?? Keyspace.fromPartial({ sharded }));
    }
    return schemas;
  }

  private async startVtgate(cell: string, topo: OpenedTopo, signal: AbortSignal): Promise<void> {
    const vtgate = new VtGate();
    this.stops.push(() => vtgate.stop(2_000));
    await vtgate.start(
      {
        cell,
        topo: topo.topo,
        localTablets: this.localTablets,
        log: this.logger('vtgate'),
        mysql: { host: HOST, port: this.ports.vtgateMysql },
        grpc: { host: HOST, port: this.ports.vtgateGrpc },
        http: { host: HOST, port: this.ports.vtgateHttp },
        tabletTypesToWait: this.waitFor(),
        version: this.version,
      },
      signal,
    );
  }

  private waitFor(): TabletType[] {
    const types = [TabletType.PRIMARY];
    if (this.options.replicas > 0) types.push(TabletType.REPLICA);
    if (this.options.rdonly > 0) types.push(TabletType.RDONLY);
    return types;
  }

  private info(tablets: readonly LocalTablet[]): ClusterInfo {
    const { ports } = this;
    const at = (port: number): string => `${HOST}:${port}`;
    const { pid } = process;
    return {
      vtgate: { mysql: at(ports.vtgateMysql), grpc: at(ports.vtgateGrpc), http: at(ports.vtgateHttp), pid },
      vtctld: { grpc: at(ports.vtctldGrpc), http: at(ports.vtctldHttp), pid },
      topo: {
        implementation: this.options.topo,
        address: this.options.topo === 'memory' ? '' : join(this.options.dataDir, 'topo'),
      },
      tablets: tablets.map((t): TabletInfo => t.info()),
    };
  }
}
