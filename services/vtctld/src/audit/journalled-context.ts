import { tabletAliasString } from '@vitess-ts/proto';
import { TabletManagerService } from '@vitess-ts/proto/tabletmanagerservice';
import type { Tablet } from '@vitess-ts/proto/topodata';
import { globalCell, isNoNode, MemoryTopo, TopoServer, type Conn } from '@vitess-ts/topo';
import type { VtctldContext } from '../context';
import { managedCalls, type TabletManager } from '../tablet-manager';
import type { Journal } from './journal';
import { DryRunConn, JournalledConn } from './journalled-conn';

/** Calls to tablets that only look. */
const looking =
  /^(ping|get|fullStatus|primaryPosition|primaryStatus|replicationStatus|read|waitFor|checkThrottler|mysqlHostMetrics|runHealthCheck)/;

/** The same cluster, with all that is changed through it noted in the journal; in a dry run it is not changed. */
export function journalled(vtctld: VtctldContext, journal: Journal): VtctldContext {
  const { topo } = vtctld;
  const wrap = (conn: Conn, cell: string): Conn =>
    journal.dryRun ? new DryRunConn(conn, cell, journal) : new JournalledConn(conn, cell, journal);
  return {
    ...vtctld,
    topo: new TopoServer(wrap(topo.global, globalCell), async (cell) =>
      wrap(await connOf(topo, cell, journal), cell),
    ),
    tm: journalledCalls(vtctld.tm, journal),
  };
}

/** A cell that only this dry run has made is empty. */
async function connOf(topo: TopoServer, cell: string, journal: Journal): Promise<Conn> {
  try {
    return await topo.connForCell(cell);
  } catch (error) {
    if (!journal.dryRun || !isNoNode(error)) throw error;
    return new MemoryTopo().connect(cell);
  }
}

type AnyCall = (tablet: Tablet, request: unknown, options?: unknown) => unknown;

function journalledCalls(tm: TabletManager, journal: Journal): TabletManager {
  const calls = managedCalls.map((name) => {
    const call = tm[name] as unknown as AnyCall;
    const { path, responseStream, responseDeserialize } = TabletManagerService[name];
    if (looking.test(name)) return [name, call] as const;
    const rpc = path.slice(path.lastIndexOf('/') + 1);
    const noted: AnyCall = (tablet, request, options) => {
      journal.told(tabletAliasString(tablet.alias), rpc);
      if (!journal.dryRun) return call(tablet, request, options);
      return (responseStream as boolean) ? nothing() : Promise.resolve(responseDeserialize(Buffer.alloc(0)));
    };
    return [name, noted] as const;
  });
  return Object.fromEntries(calls) as unknown as TabletManager;
}

async function* nothing(): AsyncGenerator<never, void, undefined> {
  // A stream that is not asked for gives nothing.
}
