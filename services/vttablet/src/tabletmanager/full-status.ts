import type { MysqlConnection } from '@vitess-ts/mysql';
import { FullStatus, type Status } from '@vitess-ts/proto/replicationdata';
import type { TabletType } from '@vitess-ts/proto/topodata';
import { SqlError, VtError } from '@vitess-ts/vterrors';
import type { Replication } from './replication';

const unknownVariable = 1193;

/** Everything that a recovery wants to know of a server at once. MariaDB has no server UUID and no super_read_only. */
export async function fullStatus(
  connection: MysqlConnection,
  replication: Replication,
  tabletType: TabletType,
): Promise<FullStatus> {
  const read = async (name: string): Promise<string> => {
    try {
      const { rows } = await connection.query(`SELECT @@global.${name}`);
      return rows.value(0, 0)?.toString() ?? '';
    } catch (error) {
      if (error instanceof SqlError && error.errno === unknownVariable) return '';
      throw error;
    }
  };
  const isOn = async (name: string): Promise<boolean> => /^(1|ON)$/i.test(await read(name));
  return FullStatus.fromPartial({
    serverId: Number(await read('server_id')),
    serverUuid: await read('server_uuid'),
    replicationStatus: await statusIfReplica(connection, replication),
    primaryStatus: { position: await positionOf(read) },
    version: await read('version'),
    versionComment: await read('version_comment'),
    readOnly: await isOn('read_only'),
    gtidMode: await read('gtid_mode'),
    binlogFormat: await read('binlog_format'),
    binlogRowImage: await read('binlog_row_image'),
    logBinEnabled: await isOn('log_bin'),
    logReplicaUpdates: await isOn('log_slave_updates'),
    semiSyncPrimaryEnabled: await isOn('rpl_semi_sync_master_enabled'),
    semiSyncReplicaEnabled: await isOn('rpl_semi_sync_slave_enabled'),
    superReadOnly: await isOn('super_read_only'),
    tabletType,
  });
}

async function positionOf(read: (name: string) => Promise<string>): Promise<string> {
  return `MariaDB/${await read('gtid_binlog_pos')}`;
}

/** Undefined on a server that follows nobody. */
async function statusIfReplica(
  connection: MysqlConnection,
  replication: Replication,
): Promise<Status | undefined> {
  try {
    return await replication.status(connection);
  } catch (error) {
    if (error instanceof VtError) return undefined;
    throw error;
  }
}
