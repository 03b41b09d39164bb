import type { MysqlConnection } from '@vitess-ts/mysql';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Flavor, ReplicationSource, ReplicationStatus } from './flavor';

const PREFIX = 'MariaDB/';
const GTID_LIST = /^(\d+-\d+-\d+)(,\d+-\d+-\d+)*$/;

/** MariaDB 10.11 and later: GTIDs are domain-server-sequence, a position is the last one of each domain. */
export class MariadbFlavor implements Flavor {
  readonly name = 'mariadb';

  async primaryPosition(connection: MysqlConnection): Promise<string> {
    return PREFIX + (await scalar(connection, 'SELECT @@global.gtid_binlog_pos'));
  }

  async startReplication(
    connection: MysqlConnection,
    source: ReplicationSource,
    position?: string,
  ): Promise<void> {
    await connection.query('STOP SLAVE');
    await connection.query(
      `SET GLOBAL gtid_slave_pos = ${quote(await this.startPosition(connection, position))}`,
    );
    await connection.query(
      `CHANGE MASTER TO MASTER_HOST = ${quote(source.host)}, MASTER_PORT = ${integer(source.port)}, ` +
        `MASTER_USER = ${quote(source.user)}, MASTER_PASSWORD = ${quote(source.password)}, ` +
        'MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 2, MASTER_USE_GTID = slave_pos',
    );
    await connection.query('START SLAVE');
  }

  /**
   * Where to go on from: the given position, else the furthest of what was replicated and what was written here
   * (a former primary has its own writes only in the binlog position).
   */
  private async startPosition(connection: MysqlConnection, position?: string): Promise<string> {
    if (position !== undefined) return gtids(position);
    const replicated = await scalar(connection, 'SELECT @@global.gtid_slave_pos');
    const written = await scalar(connection, 'SELECT @@global.gtid_binlog_pos');
    return furthest([replicated, written]);
  }

  async stopReplication(connection: MysqlConnection): Promise<void> {
    await connection.query('STOP SLAVE');
  }

  async resetReplication(connection: MysqlConnection): Promise<void> {
    await connection.query('STOP SLAVE');
    await connection.query('RESET SLAVE ALL');
  }

  async replicationStatus(connection: MysqlConnection): Promise<ReplicationStatus | null> {
    const result = await connection.query('SHOW SLAVE STATUS');
    if (result.rows.length === 0) return null;
    const row = result.rows.row(0);
    const value = (name: string): string | null => {
      const index = result.fields.findIndex((field) => field.name === name);
      if (index < 0) throw new VtError(Code.INTERNAL, `SHOW SLAVE STATUS has no column ${name}`);
      return row[index]?.toString() ?? null;
    };
    const io = value('Slave_IO_Running');
    const lag = value('Seconds_Behind_Master');
    return {
      sourceHost: value('Master_Host') ?? '',
      sourcePort: Number(value('Master_Port') ?? 0),
      io: io === 'Yes' ? 'running' : io === 'No' || io === null ? 'stopped' : 'connecting',
      sql: value('Slave_SQL_Running') === 'Yes' ? 'running' : 'stopped',
      lagSeconds: lag === null ? null : Number(lag),
      position: PREFIX + (await scalar(connection, 'SELECT @@global.gtid_slave_pos')),
      receivedPosition: PREFIX + (value('Gtid_IO_Pos') ?? ''),
      ioError: value('Last_IO_Error') ?? '',
      sqlError: value('Last_SQL_Error') ?? '',
    };
  }

  async waitForPosition(connection: MysqlConnection, position: string, timeoutMs: number): Promise<boolean> {
    const seconds = (Math.max(0, timeoutMs) / 1000).toFixed(3);
    // The server answers by itself; the margin only guards against one that hangs.
    const wait = await connection.query(`SELECT MASTER_GTID_WAIT(${quote(gtids(position))}, ${seconds})`, {
      timeoutMs: timeoutMs + 10_000,
    });
    return wait.rows.value(0, 0)?.toString() === '0';
  }

  /** Turning it on waits for statements that are writing. */
  async setReadOnly(connection: MysqlConnection, on: boolean): Promise<void> {
    await connection.query(`SET GLOBAL read_only = ${on ? 1 : 0}`);
  }

  async isReadOnly(connection: MysqlConnection): Promise<boolean> {
    return (await scalar(connection, 'SELECT @@global.read_only')) !== '0';
  }
}

/** The list of GTIDs in a position of this flavor; throws INVALID_ARGUMENT for another's. */
function gtids(position: string): string {
  const list = position.startsWith(PREFIX) ? position.slice(PREFIX.length) : null;
  if (list === null || (list !== '' && !GTID_LIST.test(list))) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `'${position}' is not a MariaDB position such as MariaDB/0-101-5`,
    );
  }
  return list;
}

/** Per domain the GTID with the highest sequence number. */
function furthest(lists: readonly string[]): string {
  const byDomain = new Map<string, { gtid: string; sequence: bigint }>();
  for (const gtid of lists.flatMap((list) => (list === '' ? [] : list.split(',')))) {
    const [domain, , sequence] = gtid.split('-');
    const known = byDomain.get(domain);
    if (known === undefined || BigInt(sequence) > known.sequence) {
      byDomain.set(domain, { gtid, sequence: BigInt(sequence) });
    }
  }
  return [...byDomain.values()].map((entry) => entry.gtid).join(',');
}

async function scalar(connection: MysqlConnection, sql: string): Promise<string> {
  const result = await connection.query(sql);
  return result.rows.value(0, 0)?.toString() ?? '';
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new VtError(Code.INVALID_ARGUMENT, `${value} is not a port`);
  return String(value);
}
