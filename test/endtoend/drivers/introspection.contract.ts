import { Sessions, answerOf } from './answers.contract';
import type { ShopCluster } from './shop-cluster.contract';

/** Queries of system tables: what ORMs send, and each form in which a schema can be named. KS stands for the schema. */
const queries: Record<string, string[]> = {
  Rails: [
    "select table_name from information_schema.tables where table_schema = database() and table_name = 'author'",
    "select table_name from (select * from information_schema.tables where table_schema = database()) _subquery where _subquery.table_type = 'BASE TABLE' order by 1",
    'show full fields from `author`',
    'show keys from `book`',
    `select fk.referenced_table_name as 'to_table', fk.referenced_column_name as 'primary_key', fk.column_name as 'column', fk.constraint_name as 'name', rc.update_rule as 'on_update', rc.delete_rule as 'on_delete' from information_schema.referential_constraints rc join information_schema.key_column_usage fk using (constraint_schema, constraint_name) where fk.referenced_column_name is not null and fk.table_schema = database() and fk.table_name = 'book' and rc.constraint_schema = database() and rc.table_name = 'book'`,
    `select cc.constraint_name as 'name', cc.check_clause as 'expression' from information_schema.check_constraints cc join information_schema.table_constraints tc using (constraint_schema, constraint_name) where tc.table_schema = database() and tc.table_name = 'book' and cc.constraint_schema = database() and cc.table_name = 'book' order by 1`,
    "select column_name from information_schema.statistics where index_name = 'PRIMARY' and table_schema = database() and table_name = 'author' order by seq_in_index",
    "select generation_expression from information_schema.columns where table_schema = database() and table_name = 'book' and column_name = 'g'",
    'select default_collation_name from information_schema.schemata where schema_name = database()',
  ],
  TypeORM: [
    "select * from `INFORMATION_SCHEMA`.`COLUMNS` where `TABLE_SCHEMA` = 'KS' and `TABLE_NAME` = 'author' union select * from `INFORMATION_SCHEMA`.`COLUMNS` where `TABLE_SCHEMA` = 'KS' and `TABLE_NAME` = 'book' order by 3, 5",
    "select * from (select * from `INFORMATION_SCHEMA`.`KEY_COLUMN_USAGE` `kcu` where `kcu`.`TABLE_SCHEMA` = 'KS' and `kcu`.`TABLE_NAME` = 'author' union select * from `INFORMATION_SCHEMA`.`KEY_COLUMN_USAGE` `kcu` where `kcu`.`TABLE_SCHEMA` = 'KS' and `kcu`.`TABLE_NAME` = 'book') `kcu` where `CONSTRAINT_NAME` = 'PRIMARY' order by TABLE_NAME",
    "select `SCHEMA_NAME` as `TABLE_SCHEMA`, `DEFAULT_CHARACTER_SET_NAME` as `CHARSET`, `DEFAULT_COLLATION_NAME` as `COLLATION` from `INFORMATION_SCHEMA`.`SCHEMATA` where `SCHEMA_NAME` = 'KS'",
    "select `s`.* from (select * from `INFORMATION_SCHEMA`.`STATISTICS` where `TABLE_SCHEMA` = 'KS' and `TABLE_NAME` = 'book') `s` left join (select * from `INFORMATION_SCHEMA`.`REFERENTIAL_CONSTRAINTS` where `CONSTRAINT_SCHEMA` = 'KS') `rc` on `s`.`INDEX_NAME` = `rc`.`CONSTRAINT_NAME` and `s`.`TABLE_SCHEMA` = `rc`.`CONSTRAINT_SCHEMA` where `s`.`INDEX_NAME` != 'PRIMARY' and `rc`.`CONSTRAINT_NAME` is null",
    "select `kcu`.`TABLE_SCHEMA`, `kcu`.`COLUMN_NAME`, `kcu`.`REFERENCED_TABLE_SCHEMA`, `kcu`.`REFERENCED_TABLE_NAME`, `rc`.`DELETE_RULE` `ON_DELETE` from (select * from `INFORMATION_SCHEMA`.`KEY_COLUMN_USAGE` `kcu` where `kcu`.`TABLE_SCHEMA` = 'KS' and `kcu`.`TABLE_NAME` = 'book') `kcu` inner join (select * from `INFORMATION_SCHEMA`.`REFERENTIAL_CONSTRAINTS` where `CONSTRAINT_SCHEMA` = 'KS') `rc` on `rc`.`CONSTRAINT_SCHEMA` = `kcu`.`CONSTRAINT_SCHEMA` and `rc`.`TABLE_NAME` = `kcu`.`TABLE_NAME` and `rc`.`CONSTRAINT_NAME` = `kcu`.`CONSTRAINT_NAME`",
    'select database() as `db_name`',
    'select * from `INFORMATION_SCHEMA`.`VIEWS` where `TABLE_SCHEMA` = database()',
  ],
  Django: [
    "select kc.`constraint_name`, kc.`column_name`, kc.`referenced_table_name`, c.`constraint_type` from information_schema.key_column_usage as kc, information_schema.table_constraints as c where kc.table_schema = database() and (kc.referenced_table_schema = database() or kc.referenced_table_schema is null) and c.table_schema = kc.table_schema and c.constraint_name = kc.constraint_name and c.constraint_type != 'CHECK' and kc.table_name = 'book' and c.table_name = 'book' order by kc.`ordinal_position`, 1",
    "select column_name, data_type, extra, case when collation_name = 'utf8mb4_general_ci' then null else collation_name end as collation_name, case when column_type like '% unsigned' then 1 else 0 end as is_unsigned, column_comment from information_schema.columns where table_name = 'author' and table_schema = database()",
    'select table_name, table_type, table_comment from information_schema.tables where table_schema = database() order by 1',
    "select engine from information_schema.tables where table_name = 'author' and table_schema = database()",
    'select @@sql_auto_is_null, @@lower_case_table_names, @@default_storage_engine',
  ],
  Knex: [
    "select * from information_schema.tables where table_schema = 'KS' and table_name = 'author' limit 0",
    "select * from information_schema.columns where table_name = 'author' and table_schema = 'KS'",
    'show columns from `author`',
  ],
  'a schema in a condition': [
    "select table_name from information_schema.tables where table_schema in ('KS', 'nope') order by 1",
    "select count(*) from information_schema.tables where table_schema = 'KS'",
    "select table_name from information_schema.tables where 'KS' = table_schema order by 1",
    "select table_name from information_schema.tables where table_schema like 'KS' order by 1",
    "select count(*) from information_schema.tables where table_schema <> 'KS' and table_schema = schema()",
    "select column_name from information_schema.columns where table_schema = ifnull(null, database()) and table_name = 'book' order by 1",
    'select table_name from information_schema.tables where table_schema = (select database()) order by 1',
    "select exists(select 1 from information_schema.tables where table_schema = 'KS' and table_name = 'author') as e",
    "select table_schema, count(*) from information_schema.columns where table_schema in ('KS') group by table_schema having count(*) > 1",
    "select table_name from information_schema.tables t where exists (select 1 from information_schema.columns c where c.table_schema = t.table_schema and c.table_name = t.table_name and c.column_name = 'author_id') and t.table_schema = 'KS'",
    "with t as (select table_schema s, table_name from information_schema.tables) select s, table_name from t where s = 'KS' order by 2",
    "with t as (select table_schema, table_name from information_schema.tables) select table_schema, table_name from t where table_schema = 'KS' order by 2",
    "select a.table_schema, b.n from (select distinct table_schema from information_schema.tables) a join (select 'KS' n) b on a.table_schema = b.n",
  ],
  'a schema in the result': [
    "select concat(table_schema, '.', table_name) from information_schema.tables where table_schema = 'KS' order by 1",
    "select distinct table_schema as s from information_schema.tables where table_schema = 'KS'",
    "select max(table_schema) from information_schema.tables where table_schema = 'KS'",
    "select case when table_schema = 'KS' then 'mine' else 'other' end as whose from information_schema.tables where table_name = 'book'",
    "select table_schema from information_schema.tables where table_schema = 'KS' union select 'KS'",
    "select * from information_schema.referential_constraints where constraint_schema = 'KS'",
    "select * from information_schema.check_constraints where constraint_schema = 'KS'",
    "select schema_name from information_schema.schemata where schema_name like 'KS%'",
  ],
};

export function describeIntrospection(shop: () => ShopCluster): void {
  describe('system tables', () => {
    let sessions: Sessions;
    beforeAll(async () => {
      sessions = await Sessions.open(shop());
    });
    afterAll(() => sessions?.close());

    for (const [name, list] of Object.entries(queries)) {
      test(`${name}: as one server answers, with the keyspace's name`, async () => {
        for (const sql of list) {
          const answer = await sessions.same(sql);
          expect(JSON.stringify(answer)).not.toContain('vt_shop');
          expect({ sql, isResult: 'rows' in answer }).toEqual({ sql, isResult: true });
        }
      });
    }

    const gate = (sql: string): ReturnType<typeof answerOf> => answerOf(sessions.gate, sql);

    test('another keyspace is asked when it is named', async () => {
      expect(
        await gate(
          "select table_schema, table_name from information_schema.tables where table_schema = 'main'",
        ),
      ).toMatchObject({
        rows: [['main', 'author_seq']],
      });
      expect(
        await gate("select table_name from information_schema.tables where table_schema in ('main')"),
      ).toMatchObject({
        rows: [['author_seq']],
      });
      expect(
        await gate(
          "select table_schema, table_name from information_schema.tables where table_schema in ('main', 'shop') " +
            "and table_name like 'author%' order by table_schema, table_name",
        ),
      ).toMatchObject({
        rows: [
          ['main', 'author_seq'],
          ['shop', 'author'],
        ],
      });
    });

    test('the schemas are the keyspaces, and what is the cluster’s own is not shown', async () => {
      const shown = ['information_schema', 'main', 'mysql', 'performance_schema', 'shop', 'sys'];
      const { rows } = (await gate(
        'select schema_name from information_schema.schemata order by schema_name',
      )) as { rows: string[][] };
      expect(rows.map(([name]) => name)).toEqual(shown);
      const databases = (await gate('show databases')) as { rows: string[][] };
      expect(databases.rows.map(([name]) => name).sort()).toEqual(shown);
    });

    test('a system schema can be the selected one', async () => {
      await sessions.gate.query('use information_schema');
      expect(
        await gate(
          "select table_schema, database() from tables where table_schema = 'shop' and table_name = 'book'",
        ),
      ).toMatchObject({ rows: [['shop', 'information_schema']] });
      await sessions.gate.query('use shop');
    });
  });
}
