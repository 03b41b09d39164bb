import { int64BindVariable, stringBindVariable } from '@vitess-ts/sqltypes';
import { buildPlan } from './plan-builder';

const plan = (sql: string) => buildPlan(sql);

test.each([
  ['select 1', 'select'],
  ['(select 1) union (select 2)', 'select'],
  ['with q as (select 1) select * from q', 'select'],
  ['select next :n values from seq', 'nextval'],
  ['insert into t values (1)', 'dml'],
  ['replace into t values (1)', 'dml'],
  ['update t set a = 1', 'dml'],
  ['delete from t', 'dml'],
  ['create table t (id int)', 'ddl'],
  ['drop view v', 'ddl'],
  ['truncate table t', 'ddl'],
  ['set @a = 1', 'set'],
  ['show tables', 'show'],
  ['explain select 1', 'show'],
  ['analyze update t set a = 1', 'dml'],
  ['savepoint a', 'savepoint'],
  ['rollback to a', 'savepoint'],
  ['release savepoint a', 'savepoint'],
  ['lock tables t read', 'session'],
  ['begin', 'refused'],
  ['rollback', 'refused'],
  ['use ks', 'refused'],
  ['call p()', 'call'],
  ['kill 5', 'other'],
  ['set statement max_statement_time=1 for delete from t', 'dml'],
  ['update this is no statement that we read', 'dml'],
])('%s is %s', (sql, kind) => {
  expect(plan(sql).kind).toBe(kind);
});

test('a temporary table is no schema change', () => {
  expect(plan('create temporary table x (a int)').temporary).toBe(true);
  expect(plan('create table x (a int)').temporary).toBe(false);
});

test('a statement with limits of its own gets no others', () => {
  expect(plan('set statement max_statement_time=1 for select 1').limitable).toBe(false);
  expect(plan('select 1').limitable).toBe(true);
});

test('the count of a sequence is a number or a variable that holds one', () => {
  const counted = plan('select next :n values from seq').sequence;
  expect(counted?.table).toBe('seq');
  expect(counted?.count({ n: int64BindVariable(3) })).toBe(3n);
  expect(() => counted?.count({})).toThrow('needs a number of values');
  expect(() => counted?.count({ n: stringBindVariable('x') })).toThrow('needs a number of values');
  expect(plan('select next value from seq').sequence?.count({})).toBe(1n);
});
