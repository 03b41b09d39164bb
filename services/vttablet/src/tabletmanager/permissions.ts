import { createHash } from 'node:crypto';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { Permissions } from '@vitess-ts/proto/tabletmanagerdata';

const accountColumns = ['host', 'user', 'db'];
/** Passwords are compared, never shown. */
const secretColumns = ['password', 'authentication_string'];

/** The accounts of mysqld and what each may do. */
export async function readPermissions(connection: MysqlConnection): Promise<Permissions> {
  const users = await read(connection, 'SELECT * FROM mysql.user ORDER BY host, user');
  const databases = await read(connection, 'SELECT * FROM mysql.db ORDER BY host, db, user');
  return Permissions.create({
    userPermissions: users.map((row) => ({
      host: row.get('host') ?? '',
      user: row.get('user') ?? '',
      passwordChecksum: checksum(secretColumns.map((column) => row.get(column) ?? '').join('\0')),
      privileges: privileges(row),
    })),
    dbPermissions: databases.map((row) => ({
      host: row.get('host') ?? '',
      db: row.get('db') ?? '',
      user: row.get('user') ?? '',
      privileges: privileges(row),
    })),
  });
}

const privileges = (row: ReadonlyMap<string, string>): Record<string, string> =>
  Object.fromEntries(
    [...row].filter(([column]) => !accountColumns.includes(column) && !secretColumns.includes(column)),
  );

/** The first 64 bits of a digest; 0 for no password. */
function checksum(text: string): bigint {
  if (text.replaceAll('\0', '') === '') return 0n;
  return createHash('sha256').update(text).digest().readBigUInt64BE(0);
}

/** Rows as text by the names of their columns, in lower case; NULL is ''. */
async function read(connection: MysqlConnection, sql: string): Promise<Map<string, string>[]> {
  const { fields, rows } = await connection.query(sql);
  return Array.from(
    { length: rows.length },
    (_, row) =>
      new Map(
        fields.map(({ name }, column) => [name.toLowerCase(), rows.value(row, column)?.toString() ?? '']),
      ),
  );
}
