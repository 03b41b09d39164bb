import { parse, print } from '@vitess-ts/sqlparser';
import { RowBatch, Type, emptyResult, makeField, type Result } from '@vitess-ts/sqltypes';
import { newSession } from '../session/session';
import { asCountedSelect } from './found-rows';
import { assignVariables, selectInto, separateVariables } from './user-variables';

const separate = (sql: string): { sql: string; targets: unknown } => {
  const { statement, targets } = separateVariables(parse(sql));
  return { sql: print(statement), targets };
};

describe('setting user variables', () => {
  test('INTO is taken out', () => {
    expect(separate('select a, b from t into @X, @`y`')).toEqual({
      sql: 'select a, b from t',
      targets: { kind: 'into', names: ['x', 'y'] },
    });
  });

  test('assignments are evaluated from left to right', () => {
    expect(separate('select @a := 1, @b := @a + 1, @c, @a')).toEqual({
      sql: 'select 1 as `@a := 1`, 1 + 1 as `@b := @a + 1`, @c, 1 as `@a`',
      targets: { kind: 'assign', names: ['a', 'b', undefined, undefined] },
    });
  });

  test.each([
    'select @n := @n + 1 from t',
    'select (@n := 1) + 1',
    'select @n := rand(), @n',
    'select a from (select @n := 1) as t',
  ])('%s stays as it is: it assigns row by row', (sql) => {
    expect(separate(sql)).toEqual({ sql, targets: undefined });
  });

  test.each(['update t set a = (@n := a)'])('%s is refused', (sql) => {
    expect(() => separate(sql)).toThrow(/VT12001/);
  });

  const rows = (...values: (string | null)[][]): Result =>
    emptyResult({
      fields: [makeField('a', Type.INT32), makeField('b', Type.VARCHAR)],
      rows: RowBatch.from(
        2,
        values.map((row) => row.map((v) => (v === null ? null : Buffer.from(v)))),
      ),
    });
  async function* stream(...results: Result[]): AsyncGenerator<Result> {
    yield* results;
  }

  test('one row sets its variables, of any width as one type', async () => {
    const session = newSession();
    expect((await selectInto(stream(rows(), rows(['1', null])), ['x', 'y'], session)).rowsAffected).toBe(1n);
    expect(session.userVariables.get('x')).toMatchObject({ type: Type.INT64, value: Buffer.from('1') });
    expect(session.userVariables.get('y')).toMatchObject({ type: Type.NULL_TYPE });
  });

  test('no row leaves them as they are, with a warning; two rows are an error', async () => {
    const session = newSession();
    await selectInto(stream(rows()), ['x', 'y'], session);
    expect(session.userVariables.size).toBe(0);
    expect(session.warnings).toMatchObject([{ code: 1329 }]);
    await expect(selectInto(stream(rows(['1', 'a'], ['2', 'b'])), ['x', 'y'], session)).rejects.toMatchObject(
      { errno: 1172 },
    );
    await expect(selectInto(stream(rows(['1', 'a'])), ['x'], session)).rejects.toMatchObject({ errno: 1222 });
  });

  test('assigned rows pass on', async () => {
    const session = newSession();
    const passed: Result[] = [];
    for await (const result of assignVariables(stream(rows(['5', 'z'])), [undefined, 'v'], session))
      passed.push(result);
    expect(passed).toHaveLength(1);
    expect([...session.userVariables.keys()]).toEqual(['v']);
  });
});

describe('SQL_CALC_FOUND_ROWS', () => {
  const counted = (sql: string): (string | undefined)[] => {
    const { rows, count } = asCountedSelect(parse(sql))!;
    return [print(rows), count && print(count)];
  };

  test.each([
    [
      'select sql_calc_found_rows a from t where b = 1 order by c limit 2, 3',
      'select a from t where b = 1 order by c limit 2, 3',
      'select count(*) from t where b = 1',
    ],
    ['select sql_calc_found_rows a from t', 'select a from t', undefined],
    [
      'select sql_calc_found_rows distinct a, b from t limit 1',
      'select distinct a, b from t limit 1',
      'select count(*) from (select distinct a as __column0, b as __column1 from t) counted',
    ],
    [
      'select sql_calc_found_rows a, count(*) n from t group by a having n > 1 limit 1',
      'select a, count(*) as n from t group by a having n > 1 limit 1',
      'select count(*) from (select a as __column0, count(*) as n from t group by a having n > 1) counted',
    ],
  ])('%s', (sql, rows, count) => {
    expect(counted(sql)).toEqual([print(parse(rows)), count && print(parse(count))]);
  });

  test('other statements are left alone', () => {
    expect(asCountedSelect(parse('select a from t limit 1'))).toBeUndefined();
  });
});
