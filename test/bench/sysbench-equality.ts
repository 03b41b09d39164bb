import { MysqlConnection, type ConnectOptions } from '@vitess-ts/mysql';
import { Disposers, signalOfProcess } from './disposers';
import { parseSysbench, sysbench, type SysbenchAddress, type SysbenchFigures } from './sysbench';
import { missingPrograms, startCluster, startTargets, type Target } from './targets';

/** The long run: concurrent transactions on two shards, each service in a process of its own. */
const SOAK = { workload: 'oltp_read_write', tables: 4, tableSize: 100_000, threads: 8 } as const;
const DEFAULT_SOAK_SECONDS = 60;

/** The same statements in the same order on one server and on the shards. */
const EQUAL = { workload: 'oltp_read_write', tables: 4, tableSize: 100_000, threads: 1, seed: 42 } as const;
const EVENTS = 2000;
const ROWS_AT_ONCE = 10_000;
/** What sysbench inserts has ids up to the table size; a wrong id would lie beyond. */
const LAST_ID = 2 * EQUAL.tableSize;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Runs sysbench on two shards and on one MariaDB with the same seed, and compares all rows; before that, a long run with
 * several threads, in which nothing may fail but deadlocks and lock waits. Arguments: length of the long run in seconds.
 */
async function main(): Promise<void> {
  const soakSeconds = Number(process.argv[2] ?? DEFAULT_SOAK_SECONDS);
  if (!Number.isInteger(soakSeconds) || soakSeconds < 0)
    throw new Error('usage: sysbench-equality.ts [SECONDS]');
  if (missingPrograms([]).required.length > 0)
    throw new Error('missing: install the Debian package sysbench');
  const disposers = new Disposers();
  const signal = signalOfProcess(disposers);
  try {
    const [direct] = await startTargets(['direct'], EQUAL.tables, disposers);
    const shards = await startCluster('processes', EQUAL.tables, disposers);
    const one = await MysqlConnection.connect(connectOptions(direct.address), signal);
    disposers.add(() => one.destroy());
    const gate = await MysqlConnection.connect(connectOptions(shards.address), signal);
    disposers.add(() => gate.destroy());
    for (const { name, address } of [direct, shards]) {
      print(`${name}: loading ${EQUAL.tables} x ${EQUAL.tableSize} rows`);
      await sysbench(address, { ...EQUAL, command: 'prepare' }, signal);
    }
    await copyRows(gate, one, signal);
    for (const { name, address } of [direct, shards]) {
      const output = await sysbench(address, { ...EQUAL, command: 'run', events: EVENTS }, signal);
      const figures = parseSysbench(output);
      print(`${name}: ${summary(figures)}`);
      if (figures.transactions !== EVENTS || figures.ignoredErrors > 0) {
        throw new Error(`${name}: not all of ${EVENTS} events went through at once`);
      }
    }
    await expectSameRows(one, gate, signal);
    if (soakSeconds > 0) await soak(shards, soakSeconds, signal);
  } finally {
    await disposers.run();
  }
}

async function soak({ address, name }: Target, seconds: number, signal: AbortSignal): Promise<void> {
  // Any errno but deadlock and lock wait timeout ends sysbench, and with it this program.
  const figures = parseSysbench(await sysbench(address, { ...SOAK, command: 'run', seconds }, signal));
  print(`${name}: ${SOAK.threads} threads, ${summary(figures)}`);
  if (figures.reconnects > 0) throw new Error(`sysbench had to reconnect ${figures.reconnects} times`);
}

/** Makes the rows the same to begin with: a seed decides what sysbench does in a run, but not the rows that it loads. */
async function copyRows(from: MysqlConnection, to: MysqlConnection, signal: AbortSignal): Promise<void> {
  for (let table = 1; table <= EQUAL.tables; table++) {
    await to.query(`truncate table sbtest${table}`, { signal });
    for (const range of ranges()) {
      const { rows } = await from.query(rowsOf(table, range), { signal });
      // Numbers, and text of digits and hyphens.
      const values = rows.rows().map((row) => `('${row.join("','")}')`);
      if (values.length > 0)
        await to.query(`insert into sbtest${table} (id, k, c, pad) values ${values.join()}`);
    }
  }
}

async function expectSameRows(
  one: MysqlConnection,
  gate: MysqlConnection,
  signal: AbortSignal,
): Promise<void> {
  for (let table = 1; table <= EQUAL.tables; table++) {
    let rows = 0;
    for (const range of ranges()) {
      const { expected, actual } = await both(one, gate, rowsOf(table, range), signal);
      // Text protocol rows: equal bytes are equal values.
      if (!expected.equals(actual)) throw new Error(`sbtest${table}, ${range}: the rows differ`);
      rows += actual.length;
    }
    const sums = `select count(*), min(id), max(id), sum(k) from sbtest${table}`;
    const { expected, actual } = await both(one, gate, sums, signal);
    if (!expected.equals(actual))
      throw new Error(`'${sums}': ${actual.toString()}, not ${expected.toString()}`);
    print(`sbtest${table}: all rows are equal (${rows} bytes)`);
  }
}

async function both(
  one: MysqlConnection,
  gate: MysqlConnection,
  sql: string,
  signal: AbortSignal,
): Promise<{ expected: Buffer; actual: Buffer }> {
  const [expected, actual] = await Promise.all([one.query(sql, { signal }), gate.query(sql, { signal })]);
  return { expected: expected.rows.data, actual: actual.rows.data };
}

function* ranges(): Generator<string> {
  for (let from = 0; from <= LAST_ID; from += ROWS_AT_ONCE) {
    yield `id between ${from} and ${from + ROWS_AT_ONCE - 1}`;
  }
}

const rowsOf = (table: number, range: string): string =>
  `select id, k, c, pad from sbtest${table} where ${range} order by id`;

function connectOptions({ socket, port, user, password, database }: SysbenchAddress): ConnectOptions {
  const server = socket === undefined ? { host: '127.0.0.1', port } : { socketPath: socket };
  return { ...server, user, password, database };
}

function summary(figures: SysbenchFigures): string {
  return (
    `${figures.transactions} transactions, ${figures.queries} queries in ${figures.seconds.toFixed(1)} s, ` +
    `${figures.ignoredErrors} deadlocks or lock waits, ${figures.reconnects} reconnects`
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
