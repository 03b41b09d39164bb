import { MysqlConnection } from '@vitess-ts/mysql';
import * as tm from '@vitess-ts/proto/tabletmanagerdata';
import { PrimaryStatus, StopReplicationStatus } from '@vitess-ts/proto/replicationdata';
import { TabletType } from '@vitess-ts/proto/topodata';
import { resultToProto } from '@vitess-ts/sqltypes';
import type { TabletManagerContext as Context, TabletManagerServer } from '@vitess-ts/tmclient';
import type { TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { MysqldMonitor } from '../health/mysqld-monitor';
import type { TabletServer } from '../tabletserver/tablet-server';
import { runAdminQueries, type AdminQuery } from './admin-queries';
import { applySchema } from './apply-schema';
import { distributedTransactionHandlers } from './distributed-transactions';
import { fullStatus } from './full-status';
import { Replication } from './replication';
import { schemaDefinition } from './schema-definition';
import { reparentJournalLength, waitForReparentJournal, writeReparentJournal } from './sidecar';
import { tabletActions } from './tablet-actions';
import type { TabletMysql } from './tablet-mysql';
import type { TypeChanger } from './type-changer';

export interface TabletManagerParts {
  mysql: TabletMysql;
  /** The tablet's database. */
  database: string;
  topo: TopoServer;
  server: TabletServer;
  types: TypeChanger;
  replication: Replication;
  monitor: MysqldMonitor;
  /** Programs that ExecuteHook may run; '' for none. */
  hookDir: string;
}

const waitTimeoutMs = 30_000;

/** The tablet manager's RPCs: what vtctld and other tablets tell this one to do. */
export class TabletManager {
  constructor(private readonly parts: TabletManagerParts) {}

  /** The handlers; what is not here answers UNIMPLEMENTED. */
  handlers(): TabletManagerServer {
    return {
      ...this.basics(),
      ...this.queries(),
      ...this.types(),
      ...this.replication(),
      ...this.reparents(),
      ...tabletActions({ ...this.parts, withDba: (run) => this.withDba(run) }),
      ...distributedTransactionHandlers(this.parts.server, (run) => this.withDba(run)),
    };
  }

  private basics(): TabletManagerServer {
    const { server, types, monitor } = this.parts;
    return {
      ping: async ({ payload }) => ({ payload }),
      getSchema: async (request) => ({
        schemaDefinition: await this.withDba((c) =>
          schemaDefinition(server.schema, c, this.parts.database, request),
        ),
      }),
      reloadSchema: async ({ waitPosition }) => {
        if (waitPosition !== '') {
          await this.withDba((c) => this.parts.replication.waitForPosition(c, waitPosition, waitTimeoutMs));
        }
        await server.schema.reload();
        return {};
      },
      refreshState: async (_request, { signal }) => {
        await types.refresh(signal);
        return {};
      },
      runHealthCheck: async () => {
        await monitor.checkNow();
        return {};
      },
      resetSequences: async ({ tables }) => {
        for (const table of tables) server.stateless.sequences.reset(table);
        return {};
      },
      fullStatus: async () => ({
        status: await this.withDba((c) => fullStatus(c, this.parts.replication, types.tablet.type)),
      }),
    };
  }

  private queries(): TabletManagerServer {
    const { mysql, database, server } = this.parts;
    const asDba = async (query: AdminQuery, several: boolean, reload: boolean, { signal }: Context) => {
      const outcome = await runAdminQueries({ ...mysql.dba(), database }, query, several, signal);
      if (reload || outcome.mayHaveChangedSchema) await server.schema.reload();
      return outcome.results.map(resultToProto);
    };
    return {
      executeFetchAsDba: async (r, context) => {
        const query = { ...r, sql: r.query.toString(), database: r.dbName };
        const [result] = await asDba(query, false, r.reloadSchema, context);
        return { result };
      },
      executeMultiFetchAsDba: async (r, context) => ({
        results: await asDba(
          { ...r, sql: r.sql.toString(), database: r.dbName },
          true,
          r.reloadSchema,
          context,
        ),
      }),
      executeFetchAsApp: async ({ query, maxRows }, { signal }) => {
        const admin = { sql: query.toString(), database: '', maxRows };
        const { results } = await runAdminQueries({ ...mysql.app(), database }, admin, false, signal);
        return { result: resultToProto(results[0]) };
      },
      applySchema: async (request, { signal }) => {
        const everything = { tables: [], excludeTables: [], includeViews: true, tableSchemaOnly: true };
        return applySchema(
          { ...mysql.dba(), database },
          request,
          () => this.withDba((c) => schemaDefinition(server.schema, c, database, everything)),
          () => server.schema.reload(),
          signal,
        );
      },
    };
  }

  private types(): TabletManagerServer {
    const { mysql, types, replication } = this.parts;
    return {
      changeType: async ({ tabletType, semiSync }, { signal }) => {
        const isPrimary = tabletType === TabletType.PRIMARY;
        if (mysql.managed)
          await this.withDba((c) =>
            replication.setSemiSync(c, isPrimary && semiSync, !isPrimary && semiSync),
          );
        await types.change(tabletType, signal);
        return {};
      },
      setReadOnly: async () => {
        await this.withDba((c) => mysql.flavor.setReadOnly(c, true));
        return {};
      },
      setReadWrite: async () => {
        if (types.tablet.type !== TabletType.PRIMARY) {
          throw new VtError(Code.FAILED_PRECONDITION, 'only a primary may be made writable');
        }
        await this.withDba((c) => mysql.flavor.setReadOnly(c, false));
        return {};
      },
    };
  }

  private replication(): TabletManagerServer {
    const { mysql, replication } = this.parts;
    const primaryStatus = () =>
      this.withDba(async (c) =>
        PrimaryStatus.fromPartial({ position: await mysql.flavor.primaryPosition(c) }),
      );
    return {
      primaryPosition: async () => ({
        position: await this.withDba((c) => mysql.flavor.primaryPosition(c)),
      }),
      primaryStatus: async () => ({ status: await primaryStatus() }),
      replicationStatus: async () => ({ status: await this.withDba((c) => replication.status(c)) }),
      waitForPosition: async ({ position }) => {
        await this.withDba((c) => replication.waitForPosition(c, position, waitTimeoutMs));
        return {};
      },
      startReplication: async ({ semiSync }) => {
        await this.withDba(async (c) => {
          await replication.setSemiSync(c, false, semiSync);
          await replication.start(c);
        });
        return {};
      },
      stopReplication: async () => {
        await this.withDba((c) => replication.stop(c));
        return {};
      },
      resetReplication: async () => {
        this.refuseUnmanaged('reset replication');
        await this.withDba((c) => replication.reset(c));
        return {};
      },
      resetReplicationParameters: async () => {
        await this.withDba((c) => mysql.flavor.resetReplication(c));
        return {};
      },
      setReplicationSource: async (r, { signal }) => {
        await this.follow(r.parent, '', r.semiSync, signal);
        if (r.waitPosition !== '') {
          await this.withDba((c) => replication.waitForPosition(c, r.waitPosition, waitTimeoutMs));
        }
        if (r.timeCreatedNs > 0n)
          await this.withDba((c) => waitForReparentJournal(c, r.timeCreatedNs, signal));
        return {};
      },
      stopReplicationAndGetStatus: async () => {
        const status = await this.withDba(async (c) => {
          const before = await replication.status(c);
          await replication.stop(c);
          return StopReplicationStatus.fromPartial({ before, after: await replication.status(c) });
        });
        return { status };
      },
    };
  }

  private reparents(): TabletManagerServer {
    const { mysql, types, replication } = this.parts;
    return {
      initPrimary: async ({ semiSync }, { signal }) => {
        await this.withDba((c) => replication.setSemiSync(c, semiSync, false));
        const position = await this.withDba((c) => mysql.flavor.primaryPosition(c));
        await types.becomePrimary(signal);
        return { position };
      },
      initReplica: async (r, { signal }) => {
        if (types.tablet.type === TabletType.PRIMARY) await types.change(TabletType.REPLICA, signal);
        await this.follow(r.parent, r.replicationPosition, r.semiSync, signal);
        await this.withDba((c) => waitForReparentJournal(c, r.timeCreatedNs, signal));
        return {};
      },
      populateReparentJournal: async (r) => {
        await this.withDba((c) =>
          writeReparentJournal(c, {
            timeCreatedNs: r.timeCreatedNs,
            action: r.actionName,
            primary: r.primaryAlias,
            position: r.replicationPosition,
          }),
        );
        return {};
      },
      readReparentJournalInfo: async () => ({ length: await this.withDba(reparentJournalLength) }),
      demotePrimary: async (_request, { signal }) => {
        await types.demote(signal);
        const position = await this.withDba((c) => mysql.flavor.primaryPosition(c));
        return { primaryStatus: PrimaryStatus.fromPartial({ position }) };
      },
      undoDemotePrimary: async ({ semiSync }, { signal }) => {
        await this.withDba((c) => replication.setSemiSync(c, semiSync, false));
        await types.undoDemote(signal);
        return {};
      },
      promoteReplica: async ({ semiSync }, { signal }) => {
        const position = await this.withDba(async (c) => {
          await mysql.flavor.resetReplication(c);
          await replication.setSemiSync(c, semiSync, false);
          return mysql.flavor.primaryPosition(c);
        });
        await types.becomePrimary(signal);
        return { position };
      },
      replicaWasPromoted: async (_request, { signal }) => {
        await types.becomePrimary(signal);
        return {};
      },
      replicaWasRestarted: async (_request, { signal }) => {
        await types.change(TabletType.REPLICA, signal);
        return {};
      },
    };
  }

  /** Replicates from `parent`; a tablet that was primary stops being one first. */
  private async follow(
    parent: tm.InitReplicaRequest['parent'],
    position: string,
    semiSync: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { types, mysql, replication } = this.parts;
    this.refuseUnmanaged('follow another tablet');
    if (types.tablet.type === TabletType.PRIMARY) await types.change(TabletType.REPLICA, signal);
    await this.withDba(async (c) => {
      await mysql.flavor.setReadOnly(c, true);
      await replication.setSemiSync(c, false, semiSync);
      await replication.follow(c, parent, position, signal);
    });
  }

  private refuseUnmanaged(what: string): void {
    if (this.parts.mysql.managed) return;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `the mysqld of this tablet is not managed by it: it cannot ${what}`,
    );
  }

  /** On a connection of its own: these calls set variables, stop and start replication, and may take long. */
  private async withDba<T>(run: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const connection = await MysqlConnection.connect({
      ...this.parts.mysql.dba(),
      database: this.parts.database,
    });
    try {
      return await run(connection);
    } finally {
      await connection.close();
    }
  }
}
