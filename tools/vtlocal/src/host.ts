import { join } from 'node:path';
import { tabletAliasString } from '@vitess-ts/proto';
import type { Layout, TabletPlan } from './layout';
import type { UpOptions } from './options';
import type { ClusterPorts } from './ports';
import { processId, type ClusterInfo, type MemberProcess, type TabletInfo } from './state-file';

export const HOST = '127.0.0.1';
export const GLOBAL_ROOT = '/vitess/global';

/** What every form of a cluster works from. */
export interface HostContext {
  options: UpOptions;
  layout: Layout;
  ports: ClusterPorts;
  version: string;
}

/**
 * How the services of a cluster run: all in this process, or each in one of its own. The steps come in this order; each
 * resolves when what it started serves.
 */
export interface ClusterHost {
  startTopology(signal: AbortSignal): Promise<void>;
  startVtctld(signal: AbortSignal): Promise<void>;
  startTablets(signal: AbortSignal): Promise<void>;
  startVtgate(signal: AbortSignal): Promise<void>;
  topology(): ClusterInfo['topo'];
  vtctldPid(): number;
  vtgatePid(): number;
  tablets(): TabletInfo[];
  /** Processes beside this one that belong to the cluster. */
  processes(): MemberProcess[];
  /** Stops everything, the latest first; also after a start that failed. */
  stop(): Promise<void>;
}

/** The servers of tablets as the state file has them. */
export function mysqldProcesses(tablets: readonly TabletInfo[]): MemberProcess[] {
  return tablets
    .filter((t) => t.mysqldPid > 0)
    .map((t) => ({ ...processId(t.mysqldPid), role: 'mysqld' as const }));
}

export function tabletDir(context: HostContext, plan: TabletPlan): string {
  return join(context.options.dataDir, 'tablets', tabletName(context, plan));
}

export function tabletName({ layout }: HostContext, plan: TabletPlan): string {
  return tabletAliasString({ cell: layout.cell, uid: plan.uid });
}

/** Nobody replicates from a server that is alone in its shard: it does not listen then. */
export function replicationPort({ layout, ports }: HostContext, plan: TabletPlan): number | undefined {
  const alone = layout.tablets.every(
    (t) => t === plan || t.shard !== plan.shard || t.keyspace !== plan.keyspace,
  );
  return alone ? undefined : ports.tablet(plan.uid).mysql;
}

/** Tablet types that each shard of the cluster has. */
export function typesOf({ layout }: HostContext): string[] {
  return [...new Set(layout.tablets.map((t) => t.type))];
}
