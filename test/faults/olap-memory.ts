import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster } from '@vitess-ts/testkit';
import { publishedVariables } from './published-variables';

/** What the gate may take while it passes on more rows than it holds. */
const HEAP_LIMIT_BYTES = 300 << 20;
const SAMPLE_MS = 100;
const SHARDS = 2;
/** Of one INSERT. */
const LOAD_ROWS = 250_000;

const SCHEMA = `
create table big (id bigint not null primary key, part bigint not null, name varchar(40) not null, pad varchar(60) not null);
create table part (id bigint not null primary key, name varchar(40) not null);
`;
const VSCHEMA = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: {
    big: { column_vindexes: [{ column: 'id', name: 'hash' }] },
    part: { column_vindexes: [{ column: 'id', name: 'hash' }] },
  },
};

const queries: readonly [name: string, sql: string][] = [
  ['select', 'select * from big'],
  ['order by, merged', 'select * from big order by name, id'],
  [
    'order by, in the gate',
    'select b.id, b.pad, p.name from big b join part p on b.part = p.id order by p.name, b.id',
  ],
  ['distinct, in the gate', 'select distinct id + part as v, name from big'],
];

interface Figures {
  rows: number;
  seconds: number;
  heap: number;
  resident: number;
  spilled: number;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const mega = (bytes: number): string => `${Math.round(bytes / 1048576)} MB`.padStart(9);

/** Reads tables of so many rows under workload = olap and prints what the gate took; resolves to the exit code. */
export async function olapMemory(portBase: number, rows: number): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'vto-'));
  let cluster: LocalCluster | undefined;
  try {
    const schema = join(root, 'schema', 'ks');
    await mkdir(schema, { recursive: true });
    await writeFile(join(schema, 'schema.sql'), SCHEMA);
    await writeFile(join(schema, 'vschema.json'), JSON.stringify(VSCHEMA));
    const args = ['--keyspaces', 'ks', '--num-shards', String(SHARDS), '--schema-dir', join(root, 'schema')];
    cluster = await LocalCluster.start({
      portBase,
      dataDir: join(root, 'data'),
      args: [...args, '--processes'],
    });
    await load(cluster, rows);
    print(`${rows} rows on ${SHARDS} shards, workload = olap, vtgate in a process of its own`);
    print('query                       rows   seconds  peak heap  resident   spilled');
    let highest = 0;
    for (const [name, sql] of queries) {
      const figures = await measure(cluster, sql, 0);
      highest = Math.max(highest, figures.heap);
      report(name, figures);
      if (figures.rows < rows) throw new Error(`${name} gave ${figures.rows} rows of ${rows}`);
    }
    const slow = await measure(cluster, queries[0][1], 40);
    highest = Math.max(highest, slow.heap);
    report('select, slow reader', slow);
    const ok = highest < HEAP_LIMIT_BYTES;
    print(ok ? `The heap stays under ${mega(HEAP_LIMIT_BYTES).trim()}.` : 'FAILED: the heap is too large');
    return ok ? 0 : 1;
  } finally {
    await cluster?.stop();
    await rm(root, { recursive: true, force: true });
  }
}

function report(name: string, { rows, seconds, heap, resident, spilled }: Figures): void {
  print(
    `${name.padEnd(22)} ${String(rows).padStart(9)} ${seconds.toFixed(1).padStart(9)}  ${mega(heap)} ${mega(resident)} ${mega(spilled)}`,
  );
}

/** Half of the rows for each shard, put there directly: reads of all shards do not ask which row lies where. */
async function load(cluster: LocalCluster, rows: number): Promise<void> {
  const primaries = cluster.info.tablets.filter((t) => t.type.toLowerCase() === 'primary');
  const share = Math.ceil(rows / primaries.length);
  await Promise.all(
    primaries.map(async ({ mysqlSocket }, shard) => {
      const db = await MysqlConnection.connect({
        socketPath: mysqlSocket,
        user: 'vt_dba',
        database: 'vt_ks',
      });
      const first = shard * share + 1;
      const last = Math.min(rows, first + share - 1);
      for (let from = first; from <= last; from += LOAD_ROWS) {
        const to = Math.min(last, from + LOAD_ROWS - 1);
        await db.query(
          `insert into big select seq, seq * 7919 % 1000 + 1, concat('name ', seq * 31 % 99991), ` +
            `repeat(char(97 + seq % 26), 20 + seq % 30) from seq_${from}_to_${to}`,
        );
      }
      await db.close();
    }),
  );
  const gate = await cluster.connect('ks');
  const values = Array.from({ length: 1000 }, (_, i) => `(${i + 1}, 'part ${(i * 17) % 499}')`);
  await gate.query(`insert into part (id, name) values ${values.join(', ')}`);
  await gate.close();
}

/** Runs a query and reads all its rows; with `pauseMs`, a reader that waits before each chunk of the first seconds. */
async function measure(cluster: LocalCluster, sql: string, pauseMs: number): Promise<Figures> {
  const gate = await cluster.connect('ks');
  await gate.query('set workload = olap');
  const before = await publishedVariables(cluster.info.vtgate.http);
  const peak = { heap: 0, resident: 0 };
  let rows = 0;
  let running = true;
  const sampling = (async () => {
    while (running) {
      const now = await publishedVariables(cluster.info.vtgate.http);
      peak.heap = Math.max(peak.heap, Number(now.ProcessHeapBytes));
      peak.resident = Math.max(peak.resident, Number(now.ProcessResidentMemoryBytes));
      await delay(SAMPLE_MS);
    }
  })();
  const startedMs = performance.now();
  try {
    let pauses = pauseMs > 0 ? 500 : 0;
    for await (const result of gate.queryStream(sql)) {
      rows += result.rows.length;
      if (pauses-- > 0) await delay(pauseMs);
    }
  } finally {
    running = false;
    await sampling;
    await gate.close();
  }
  const after = await publishedVariables(cluster.info.vtgate.http);
  const spilled = Number(after.SpillBytesWritten) - Number(before.SpillBytesWritten);
  return { rows, seconds: (performance.now() - startedMs) / 1000, ...peak, spilled };
}
