import { parse, print, type Query } from '@vitess-ts/sqlparser';
import { stringBindVariable } from '@vitess-ts/sqltypes';
import { logicalQuery } from './logical-query';
import { answeringKeyspace, asSystemQuery } from './system-query';

const target = { keyspace: 'shop', keyspaces: ['main', 'shop'], dialect: 'mariadb' as const };
const rewritten = (sql: string): string => print(logicalQuery(parse(sql) as Query, target));
const tables = 'information_schema.tables';
const logical = (column: string): string => `if(${column} = 'vt_shop', 'shop', ${column})`;

describe('a query of system tables', () => {
  test.each([
    [
      'an equality stays one, so that the server opens one schema alone',
      `select table_name from ${tables} where table_schema = :v1`,
      `select table_name from ${tables} where table_schema = if(:v1 = 'shop', 'vt_shop', :v1)`,
    ],
    [
      'schema columns are equal by any name',
      `select 1 from ${tables} a, ${tables} b where a.table_schema = b.table_schema`,
      `select 1 from ${tables} a, ${tables} b where a.table_schema = b.table_schema`,
    ],
    [
      'all other conditions see the keyspace',
      `select 1 from ${tables} where table_schema like 's%' or table_schema in ::v1`,
      `select 1 from ${tables} where ${logical('table_schema')} like 's%' or ${logical('table_schema')} in ::v1`,
    ],
    [
      'a column for the client stays itself, an expression does not',
      `select table_schema, upper(table_schema) from ${tables} order by table_schema`,
      `select table_schema, upper(${logical('table_schema')}) from ${tables} order by table_schema`,
    ],
    [
      'a column of UNION has no table, so it is put right in the query',
      `select table_schema from ${tables} union select 'x'`,
      `select ${logical('table_schema')} as table_schema from ${tables} union select 'x'`,
    ],
    [
      'a derived table gives the server’s name under the column’s name, and the keyspace under another',
      `select * from (select table_schema, table_schema s from ${tables}) t where table_schema = 'shop' and s = 'shop'`,
      `select * from (select table_schema, ${logical('table_schema')} as s from ${tables}) t ` +
        `where table_schema = if('shop' = 'shop', 'vt_shop', 'shop') and s = 'shop'`,
    ],
  ])('%s', (_, sql, expected) => {
    expect(rewritten(sql)).toBe(print(parse(expected)));
  });

  test('schemata have a row for each keyspace, and none of the cluster’s own', () => {
    const text = rewritten('select schema_name from information_schema.schemata');
    expect(text).toContain("not in ('_vt', 'vt_shop')");
    expect(text).toMatch(/'main' as SCHEMA_NAME/);
    expect(text).toMatch(/'shop' as SCHEMA_NAME/);
  });
});

describe('the keyspace that answers', () => {
  const keyspaces = new Set(['main', 'shop']);
  const asked = (sql: string, values: Record<string, string> = {}): string | undefined => {
    const system = asSystemQuery(parse(sql), undefined)!;
    const binds = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, stringBindVariable(v)]));
    return answeringKeyspace(system, binds, { keyspace: 'shop' }, keyspaces, () => 'by default');
  };

  test.each([
    [`select 1 from ${tables} where table_schema = 'main'`, {}, 'main'],
    [`select 1 from ${tables} where table_schema = :v1`, { v1: 'main' }, 'main'],
    [`select 1 from ${tables} where table_schema = database()`, {}, 'shop'],
    [`select 1 from ${tables} where table_schema in ('main', 'mysql')`, {}, 'main'],
    [`select 1 from ${tables} where table_schema not in ('main')`, {}, 'by default'],
    [`select 1 from ${tables} where table_schema = 'other'`, {}, 'by default'],
    [`select 1 from ${tables}`, {}, 'by default'],
  ])('%s %j: %s', (sql, values, expected) => {
    expect(asked(sql, values)).toBe(expected);
  });

  test('for a query about two no keyspace alone does', () => {
    expect(asked(`select 1 from ${tables} where table_schema in ('main', 'shop')`)).toBeUndefined();
  });

  test('user tables make it no query of system tables', () => {
    expect(asSystemQuery(parse(`select 1 from ${tables}, t`), undefined)).toBeUndefined();
    expect(asSystemQuery(parse('select 1 from tables'), 'information_schema')).toBeDefined();
    expect(asSystemQuery(parse('select 1'), 'information_schema')).toBeUndefined();
  });
});
