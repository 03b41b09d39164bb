import { startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { renderAction, renderCreateTable } from '../testing/render-ddl';
import { parseAlterTable, parseCreateTable } from './parse-ddl';

/** Tables, but for their name. */
const tables = [
  '(a int primary key, b int, c varchar(20), unique u (b, c(5) desc), key (c) using hash comment "x", key k2 (b) ignored)',
  '(a int, b int check (b > 0), constraint c1 check (a < b), check (a <> 5 and b <> 6))',
  '(a int not null, b int, primary key (a), constraint f1 foreign key (b) references other (id) on delete cascade on update set null)',
  '(a int not null, b int, constraint f2 foreign key fk2 (b) references other (id) on delete restrict)',
  '(a text, b point not null, fulltext ft (a), spatial index sp (b)) engine=myisam',
  '(a int, b int invisible default 5, c int as (a + b) stored, d int generated always as (a) virtual invisible)',
  '(a int) partition by hash (a) partitions 4',
  '(a int) partition by linear hash (a + 1) partitions 3',
  '(a int primary key) partition by key () partitions 2',
  '(a int, b int) partition by linear key (a, b) (partition x, partition y)',
  '(a int) partition by range (a) (partition p0 values less than (10), partition p1 values less than (10 + 20) comment = "x", partition p2 values less than maxvalue)',
  '(a int, b date) partition by range columns (a, b) (partition p0 values less than (5, "2020-01-01"), partition p1 values less than (maxvalue, maxvalue))',
  '(a int) partition by list (a) (partition p0 values in (1, 2, null), partition p1 values in (7), partition d default)',
  '(a int, b varchar(5)) partition by list columns (a, b) (partition p0 values in ((1, "x"), (2, "y")), partition p1 values in ((3, "z")))',
  '(a int) partition by range (a) subpartition by hash (a) subpartitions 2 (partition p0 values less than (10), partition p1 values less than maxvalue)',
  '(a int) partition by range (a) subpartition by key (a) (partition p0 values less than (10) (subpartition s0, subpartition s1), partition p1 values less than (20) (subpartition s2 comment "c", subpartition s3))',
  '(a int) with system versioning partition by system_time interval 1 month (partition h0 history, partition h1 history, partition pc current)',
  '(a int) with system versioning partition by system_time limit 1000 auto partitions 3',
  '(a int, s timestamp(6) generated always as row start, e timestamp(6) generated always as row end, period for system_time (s, e)) with system versioning',
  '(a int, s date, e date, period for app (s, e), unique (a, app without overlaps))',
  '(a int without system versioning, b int with system versioning)',
  '(a int) engine=innodb /*!50100 partition by key (a) partitions 2 */',
  '(id bigint unsigned not null auto_increment primary key, at timestamp(3) not null default current_timestamp(3) on update current_timestamp(3), p decimal(9,2) default 1.5)',
  '(a varchar(9) character set latin1 collate latin1_bin not null default "x", b enum("p", "q") default "q" comment "it\'s") auto_increment = 100 row_format dynamic',
  '(a int references other (id) on delete cascade, b varchar(100) compressed, uuid uuid, key (uuid))',
  "(a int) engine = aria, transactional = 0 page_checksum 1, comment 'a, (b)' checksum=1",
  "(a int) engine=myisam data directory='/tmp' min_rows = 5, max_rows=1000 avg_row_length 10 pack_keys=1 delay_key_write=1",
  '(a int, constraint primary key (a), constraint u unique index v using btree (a))',
  '(a varchar(20), b json, c point, `select` int default 5, fulltext key `f t` (a) comment "it", index (`select` desc))',
  '(a int, b int default (1 + 2), c varchar(50) default concat("a", ")"), d datetime default now() on update now(), e int default -5, constraint `x y` check (a in (1, 2)))',
];

const RANGED =
  '(a int) partition by range (a) (partition p0 values less than (10), partition p1 values less than (20), partition p2 values less than (30))';

/** Tables with a statement that alters them. */
const alterations: [table: string, alter: string][] = [
  [
    '(a int, b int, key m (a))',
    'drop key m, drop index if exists nope, drop column if exists c, add key n (b)',
  ],
  ['(a int primary key, b int)', 'drop primary key, add primary key (b), alter a set default 7'],
  [
    '(a int default 1, b int)',
    'alter column a drop default, alter b set default (1 + 1), add column (x int, y int, index (x))',
  ],
  [
    '(a int, b int)',
    'add column if not exists c varchar(5) not null default "," first, add d int after a, modify b bigint unsigned after d',
  ],
  [
    '(a int, b int, key k (a), key k3 (b))',
    'change column a z int not null, rename column b to y, rename key k to k2, alter index k3 ignored',
  ],
  [
    '(a int, b int)',
    'add constraint c check (a > b), add check (b > 1), add unique index if not exists u (a), add fulltext key f (s), add column s text',
  ],
  ['(a int, constraint c check (a > 1))', 'drop constraint c, drop constraint if exists d'],
  [
    '(a int, b int, constraint f foreign key (b) references other (id))',
    'drop foreign key f, drop foreign key if exists g',
  ],
  ['(a varchar(5))', 'convert to character set latin1 collate latin1_bin, comment = "x", engine aria'],
  [
    '(a varchar(5), b int)',
    'default character set = latin1 collate latin1_bin, force, algorithm=copy, lock=shared, order by b, a',
  ],
  ['(a int) engine=myisam', 'disable keys'],
  ['(a int)', 'add system versioning'],
  ['(a int) with system versioning', 'drop system versioning'],
  ['(a int, s date not null, e date not null)', 'add period for app (s, e)'],
  [
    '(a int)',
    'partition by range (a) (partition p0 values less than (5), partition p1 values less than (maxvalue))',
  ],
  ['(a int)', 'engine=innodb comment="c" partition by key (a) partitions 3'],
  ['(a int) partition by hash (a) partitions 4', 'remove partitioning'],
  ['(a int) partition by hash (a) partitions 4', 'add partition partitions 2'],
  ['(a int) partition by hash (a) partitions 4', 'coalesce partition 3'],
  [
    RANGED,
    'add partition (partition p3 values less than (40) engine = innodb, partition p4 values less than maxvalue)',
  ],
  [RANGED, 'drop partition p0, p1'],
  [RANGED, 'drop partition if exists p9'],
  [RANGED, 'reorganize partition p0, p1 into (partition q values less than (20) comment = "q")'],
  [RANGED, 'truncate partition p0, p2'],
  [RANGED, 'truncate partition all'],
  [RANGED, 'rebuild partition p1'],
  [RANGED, 'analyze partition all'],
  [RANGED, 'check partition p1'],
  [RANGED, 'optimize partition p1'],
  [RANGED, 'repair partition p0, p1'],
  [RANGED, 'exchange partition p1 with table spare'],
  [RANGED, 'convert partition p1 to table gone'],
  [RANGED, 'convert table spare to partition p3 values less than (40)'],
];

describe('definitions hold all that MariaDB reads', () => {
  let mariadb: TestMariadb;

  beforeAll(async () => {
    mariadb = await startMariadb();
    for (const database of ['source', 'copy']) {
      await mariadb.sql(`create database ${database} character set utf8mb4`);
      await mariadb.sql(`create table ${database}.other (id int primary key)`);
    }
  }, 60_000);

  afterAll(() => mariadb?.stop());

  const shown = async (database: string): Promise<unknown> => {
    const [[, text]] = await mariadb.rows(`show create table ${database}.t`);
    return text;
  };

  /** Runs the statements in one of the databases and returns how the table looks behind the first and the last. */
  const run = async (database: string, statements: string[]): Promise<unknown[]> => {
    await mariadb.sql(`use ${database}`);
    const looks: unknown[] = [];
    try {
      for (const sql of statements) {
        await mariadb.sql(sql);
        looks.push(await shown(database));
      }
    } finally {
      await mariadb.sql('drop table if exists t, gone');
    }
    return looks;
  };

  it.each(tables)('create table t %s', async (body) => {
    const sql = `create table t ${body}`;
    const copy = renderCreateTable(parseCreateTable(sql, { flavor: 'mariadb' }), 't');
    expect(await run('copy', [copy])).toEqual(await run('source', [sql]));
  });

  it.each(alterations)('create table t %s: alter table t %s', async (body, alter) => {
    const create = `create table t ${body}`;
    const sql = `alter table t ${alter}`;
    const actions = parseAlterTable(sql, { flavor: 'mariadb' });
    // PARTITION BY alone stands behind the others without a comma
    const copy = `alter table t ${actions.map(renderAction).join(', ').replace(', partition by', ' partition by')}`;
    if (/spare/.test(alter)) {
      for (const database of ['source', 'copy']) {
        await mariadb.sql(`create or replace table ${database}.spare (a int)`);
      }
    }
    expect(await run('copy', [create, copy])).toEqual(await run('source', [create, sql]));
  });
});
