import type { MysqlConnection } from '@vitess-ts/mysql';
import type { Flavor } from '@vitess-ts/mysqlctl';
import { Status } from '@vitess-ts/proto/replicationdata';
import type { Tablet, TabletAlias } from '@vitess-ts/proto/topodata';
import { tabletAliasString } from '@vitess-ts/proto';
import type { TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';

/** States of a replication thread in `replicationdata.Status`. */
const threadStates = { stopped: 1, connecting: 2, running: 3 } as const;
/** Longer than anyone waits: semi-sync never falls back to asynchronous by itself. */
const semiSyncForeverMs = '1000000000000000000';

export interface ReplicationOptions {
  flavor: Flavor;
  topo: TopoServer;
  /** Replicas log in with these. Without a password the tablet cannot follow anybody. */
  user: string;
  password: string | undefined;
}

/** Replication of one mysqld, as tablet manager RPCs want it. Connections are administrative ones of the caller. */
export class Replication {
  constructor(private readonly options: ReplicationOptions) {}

  /** Follows the primary that `parent` names, from `position` or from where this server is. */
  async follow(
    connection: MysqlConnection,
    parent: TabletAlias | undefined,
    position: string,
    signal: AbortSignal,
  ): Promise<Tablet> {
    const { topo, flavor, user, password } = this.options;
    if (!parent) throw new VtError(Code.INVALID_ARGUMENT, 'no parent tablet is named');
    const tablet = await topo.getTablet(parent, signal);
    const name = tabletAliasString(parent);
    if (tablet.mysqlPort === 0) {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `tablet ${name} has no MySQL port in its record: replicas cannot reach it`,
      );
    }
    if (password === undefined) {
      throw new VtError(Code.FAILED_PRECONDITION, 'this tablet was started without a replication password');
    }
    const source = {
      host: tablet.mysqlHostname || tablet.hostname,
      port: tablet.mysqlPort,
      user,
      password,
    };
    await flavor.startReplication(connection, source, position === '' ? undefined : position);
    return tablet;
  }

  /** Goes on with the source that is configured. */
  async start(connection: MysqlConnection): Promise<void> {
    await connection.query(this.mariadb ? 'START SLAVE' : 'START REPLICA');
  }

  async stop(connection: MysqlConnection): Promise<void> {
    await this.options.flavor.stopReplication(connection);
  }

  /** Forgets everything: the source, the position, and the binlog. What a new shard's tablets begin with. */
  async reset(connection: MysqlConnection): Promise<void> {
    await this.options.flavor.resetReplication(connection);
    await connection.query(this.mariadb ? 'RESET MASTER' : 'RESET BINARY LOGS AND GTIDS');
    if (this.mariadb) await connection.query("SET GLOBAL gtid_slave_pos = ''");
  }

  async setSemiSync(connection: MysqlConnection, primary: boolean, replica: boolean): Promise<void> {
    const names = this.mariadb
      ? { primary: 'rpl_semi_sync_master_', replica: 'rpl_semi_sync_slave_' }
      : { primary: 'rpl_semi_sync_source_', replica: 'rpl_semi_sync_replica_' };
    const switches = [
      `GLOBAL ${names.primary}enabled = ${Number(primary)}`,
      `GLOBAL ${names.replica}enabled = ${Number(replica)}`,
    ];
    if (primary) switches.unshift(`GLOBAL ${names.primary}timeout = ${semiSyncForeverMs}`);
    await connection.query(`SET ${switches.join(', ')}`);
  }

  /** FAILED_PRECONDITION when no source is configured. */
  async status(connection: MysqlConnection): Promise<Status> {
    const status = await this.options.flavor.replicationStatus(connection);
    if (!status)
      throw new VtError(Code.FAILED_PRECONDITION, 'no replication status: this server follows nobody');
    return Status.fromPartial({
      position: status.position,
      relayLogPosition: status.receivedPosition,
      replicationLagSeconds: status.lagSeconds ?? 0,
      replicationLagUnknown: status.lagSeconds === null,
      sourceHost: status.sourceHost,
      sourcePort: status.sourcePort,
      ioState: threadStates[status.io],
      lastIoError: status.ioError,
      sqlState: threadStates[status.sql],
      lastSqlError: status.sqlError,
      usingGtid: true,
      autoPosition: true,
    });
  }

  async waitForPosition(connection: MysqlConnection, position: string, timeoutMs: number): Promise<void> {
    if (await this.options.flavor.waitForPosition(connection, position, timeoutMs)) return;
    throw new VtError(Code.DEADLINE_EXCEEDED, `position ${position} was not reached within ${timeoutMs} ms`);
  }

  private get mariadb(): boolean {
    return this.options.flavor.name === 'mariadb';
  }
}
