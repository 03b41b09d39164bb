/**
 * The accounts that every managed server has. All but vt_repl connect through the unix socket only, which lies in a
 * directory that only our user can enter, hence without passwords. Only vt_dba may write while read_only is on.
 */
export const Account = {
  /** Administration: everything, also while the server is read-only. */
  DBA: 'vt_dba',
  /** What applications run. */
  APP: 'vt_app',
  /** As the application, plus what online schema changes need. */
  ALLPRIVS: 'vt_allprivs',
  /** Copies and streams rows between shards. */
  FILTERED: 'vt_filtered',
  /** Replicas' connection to their primary, by TCP. */
  REPL: 'vt_repl',
} as const;

const APP_PRIVILEGES =
  'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, FILE, REFERENCES, INDEX, ALTER, SHOW DATABASES, ' +
  'CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, BINLOG MONITOR, SLAVE MONITOR, CREATE VIEW, SHOW VIEW, ' +
  'CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER, DELETE HISTORY';

/** SQL that gives a fresh data directory its accounts; one statement a line, as --bootstrap reads it. */
export function accountSql(): string {
  const statements = [
    'FLUSH PRIVILEGES',
    `CREATE USER '${Account.DBA}'@'localhost'`,
    `GRANT ALL ON *.* TO '${Account.DBA}'@'localhost' WITH GRANT OPTION`,
    `CREATE USER '${Account.APP}'@'localhost'`,
    `GRANT ${APP_PRIVILEGES} ON *.* TO '${Account.APP}'@'localhost'`,
    `CREATE USER '${Account.ALLPRIVS}'@'localhost'`,
    `GRANT ${APP_PRIVILEGES}, SUPER, BINLOG ADMIN, CONNECTION ADMIN, REPLICATION SLAVE ON *.* TO '${Account.ALLPRIVS}'@'localhost'`,
    `CREATE USER '${Account.FILTERED}'@'localhost'`,
    `GRANT ${APP_PRIVILEGES}, SUPER, BINLOG ADMIN, BINLOG REPLAY, REPLICATION SLAVE ON *.* TO '${Account.FILTERED}'@'localhost'`,
    // The installer's root has no password on 127.0.0.1 and ::1 either: vt_dba takes its place.
    "DELETE FROM mysql.global_priv WHERE User IN ('', 'root')",
    "DELETE FROM mysql.proxies_priv WHERE User IN ('', 'root')",
    'FLUSH PRIVILEGES',
  ];
  return statements.map((statement) => `${statement};\n`).join('');
}

/** Accounts that must exist after `accountSql`. */
export const LOCAL_ACCOUNTS = [Account.DBA, Account.APP, Account.ALLPRIVS, Account.FILTERED] as const;

/** Statements that (re)make the replication account with this password; not to be written to the binlog. */
export function replicationAccountSql(password: string): string[] {
  const quoted = `'${password.replace(/[\\']/g, '\\$&')}'`;
  return [
    `CREATE USER IF NOT EXISTS '${Account.REPL}'@'%' IDENTIFIED BY ${quoted}`,
    `ALTER USER '${Account.REPL}'@'%' IDENTIFIED BY ${quoted}`,
    `GRANT REPLICATION SLAVE ON *.* TO '${Account.REPL}'@'%'`,
  ];
}
