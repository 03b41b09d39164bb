import { credentials } from '@grpc/grpc-js';
import { Keyspace } from '@vitess-ts/proto/vschema';
import { VtctldClient } from '@vitess-ts/proto/vtctlservice';
import { LocalCluster } from '@vitess-ts/testkit';
import { createConnection, type Connection, type ConnectionOptions } from 'mysql2/promise';

/** A keyspace `shop` of two shards, made through the gate, and `main`, which holds its sequences. */
export interface ShopCluster {
  cluster: LocalCluster;
  gate(options?: ConnectionOptions): Promise<Connection>;
  /** The server of one shard of `shop`, without Vitess; its database is `vt_shop`. */
  direct(options?: ConnectionOptions): Promise<Connection>;
  stop(): Promise<void>;
}

const tables = [
  `create table author (id bigint not null auto_increment primary key, name varchar(64) not null default 'x', born date,
     kind enum('a','b') default 'a', amount decimal(10,2) unsigned, note text comment 'free text',
     unique key name_u (name), key born_k (born)) comment='authors'`,
  `create table book (id int not null primary key, author_id bigint not null, title varchar(200) collate utf8mb4_bin,
     j json, created timestamp not null default current_timestamp on update current_timestamp,
     g int as (id + 1) virtual, constraint book_author foreign key (author_id) references author (id) on delete cascade,
     key t (title(10), author_id), check (id > 0))`,
  'create view v_author as select id, name from author',
  'create table item (id bigint primary key, a varchar(5), n int, unique key (n), key (a))',
];

const hash = (column: string): object => ({ columnVindexes: [{ column, name: 'hash' }] });

export const shopVSchema = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: {
    author: { ...hash('id'), autoIncrement: { column: 'id', sequence: 'main.author_seq' } },
    book: hash('author_id'),
    item: hash('id'),
    knex_thing: hash('id'),
    mysqljs_thing: hash('id'),
    sequelize_thing: hash('id'),
    typeorm_thing: hash('id'),
    drizzle_thing: hash('id'),
    kysely_thing: hash('id'),
    pymysql_thing: hash('id'),
    sqlalchemy_thing: hash('id'),
    go_thing: hash('id'),
  },
};

export async function startShop(portBase: number): Promise<ShopCluster> {
  const cluster = await LocalCluster.start({
    portBase,
    args: ['--keyspaces', 'main,shop', '--num-shards', '1,2'],
  });
  const common: ConnectionOptions = {
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    charset: 'utf8mb4_general_ci',
    flags: ['-IGNORE_SPACE'],
  };
  const gate = (options: ConnectionOptions = {}): Promise<Connection> =>
    createConnection({
      ...common,
      host: '127.0.0.1',
      port: cluster.mysqlPort,
      user: 'test',
      database: 'shop',
      ...options,
    });
  const socketPath = cluster.info.tablets.find((t) => t.keyspace === 'shop')?.mysqlSocket;
  const direct = (options: ConnectionOptions = {}): Promise<Connection> =>
    createConnection({ ...common, socketPath, user: 'vt_app', database: 'vt_shop', ...options });
  const started: ShopCluster = { cluster, gate, direct, stop: () => cluster.stop() };
  try {
    await createSchema(started);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return started;
}

async function createSchema({ cluster, gate }: ShopCluster): Promise<void> {
  const db = await gate();
  for (const table of tables) await db.query(table);
  await db.query('use main');
  await db.query(
    "create table author_seq (id bigint primary key, next_id bigint, cache bigint) comment 'vitess_sequence'",
  );
  await db.query('insert into author_seq values (0, 1, 100)');
  await applyVSchema(cluster, 'shop', shopVSchema);
  // Seen by the gate when its plans know the vindex.
  await eventually(10_000, async () => {
    const [rows] = await db.query('show vschema vindexes on shop.item').catch(() => [[]]);
    return (rows as unknown[]).length > 0;
  });
  await db.end();
}

/** Writes a vschema through vtctld, as `vtctl ApplyVSchema` does. */
export function applyVSchema(cluster: LocalCluster, keyspace: string, vschema: object): Promise<void> {
  const client = new VtctldClient(cluster.info.vtctld.grpc, credentials.createInsecure());
  const request = { keyspace, vSchema: Keyspace.fromJSON(vschema), cells: [], sql: '' };
  return new Promise<void>((resolve, reject) => {
    client.applyVSchema(
      { ...request, skipRebuild: false, dryRun: false, strict: false },
      (error: Error | null) => (error ? reject(error) : resolve()),
    );
  }).finally(() => client.close());
}

/** Polls until it holds; rejects when it does not within the limit. */
export async function eventually(limitMs: number, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not so within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
