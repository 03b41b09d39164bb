import { parseExpr } from '@vitess-ts/sqlparser';
import { Type, bindVariable, int64BindVariable, listBindVariable, makeField } from '@vitess-ts/sqltypes';
import type { BindVariables, Field, Row } from '@vitess-ts/sqltypes';
import type { ArgumentType, ExprEnvironment, ExprOptions } from './index';
import { compileExpr, compilePredicate } from './index';

const fields: Field[] = [
  makeField('i', Type.INT32, { columnLength: 11 }),
  makeField('u', Type.UINT64, { columnLength: 20, flags: 32 }),
  makeField('d', Type.DECIMAL, { columnLength: 7, decimals: 2 }),
  makeField('f', Type.FLOAT64, { columnLength: 22, decimals: 31 }),
  makeField('t', Type.VARCHAR, { columnLength: 40, charset: 45 }),
  makeField('vb', Type.VARBINARY, { columnLength: 10 }),
  makeField('fl', Type.FLOAT32, { columnLength: 12, decimals: 31 }),
  makeField('z', Type.UINT32, { columnLength: 10, flags: 32 + 64 }),
  makeField('count(*)', Type.INT64, { columnLength: 21 }),
];
const row: Row = ['7', '18446744073709551615', '2.50', '0.5', 'abc', 'xyz', '1.5', '0000000007', '4'].map(
  (v) => Buffer.from(v),
);
const nulls: Row = fields.map(() => null);

function environment(args: Record<string, ArgumentType> = {}, options?: ExprOptions): ExprEnvironment {
  return {
    options,
    argument: ({ name }) => args[name],
    reference(expr) {
      const name =
        expr.kind === 'column' ? expr.name : expr.kind === 'aggregate' ? `${expr.name}(*)` : undefined;
      const index = fields.findIndex((f) => f.name === name);
      return index < 0 ? undefined : { index, field: fields[index] };
    },
  };
}

function run(sql: string, over: Row = row, options?: ExprOptions): string | null {
  const compiled = compileExpr(parseExpr(sql), environment({}, options));
  return compiled === 'not-exact' ? compiled : (compiled.evaluate(over, {})?.toString() ?? null);
}

test.each<[string, string | null]>([
  ['i + 1', '8'],
  ['i / 2', '3.5000'],
  ['i div 2', '3'],
  ['-i % 4', '-3'],
  ['1 / 3 * 3', '1.0000'],
  ['d * d', '6.2500'],
  ['d - 1', '1.50'],
  ['f / 3', '0.16666666666666666'],
  ['i / 0', null],
  ['i % 0', null],
  ['f / 0', null],
  ['u > i', '1'],
  ['u = 18446744073709551615', '1'],
  ['d = 2.5', '1'],
  ['d = 2.5e0', '1'],
  ['i between 7 and d', '0'],
  ['i not in (1, null)', null],
  ['i in (1, 7, null)', '1'],
  ['null is null', '1'],
  ['i is not false', '1'],
  ['not null', null],
  ['null and 0', '0'],
  ['null or 1', '1'],
  ['null xor 1', null],
  ['null <=> null', '1'],
  ['i <=> null', '0'],
  ['coalesce(null, i, 1)', '7'],
  ['coalesce(i, d)', '7.00'],
  ['if(i > 8, i, f)', '0.5'],
  ["case when i = 7 then 'seven' else 'other' end", 'seven'],
  ['case i when 1 then 2 end', null],
  ['nullif(i, 7)', null],
  ['nullif(i, 8)', '7'],
  ['t', 'abc'],
  ['z', '0000000007'],
  ['z + 0', '7'],
  ['fl', '1.5'],
  ['coalesce(t, t)', 'abc'],
  ["vb > 'xya'", '1'],
  ['count(*) + 1', '5'],
  ['9223372036854775807', '9223372036854775807'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['99999999999999999999', '99999999999999999999'],
])('%s is %s', (sql, want) => {
  expect(run(sql)).toBe(want);
});

test.each(['i + 1', 'i = 1', 'd * 2', 'f - 1', 'i between 1 and 2', 'i in (1)', '-i', 'i xor 1', 'not i'])(
  '%s of NULL is NULL',
  (sql) => {
    expect(run(sql, nulls)).toBeNull();
  },
);

test.each([
  "t = 'ABC'",
  "i = '7'",
  't + 1',
  't and 1',
  'fl + 1',
  'nullif(z, 1)',
  'concat(t, t)',
  'i & 1',
  '~i',
  'd div 2',
  'd % 2',
  '(1 / i) > 0',
  'coalesce(i, u, null)',
  'coalesce(t, vb)',
  'i = (select 1)',
  'i in (select 1)',
  "t like 'a%'",
  'cast(i as char)',
  'unknown_column',
  ':v',
  'now()',
  "i between '1' and 2",
])('%s is left to MySQL', (sql) => {
  expect(run(sql)).toBe('not-exact');
});

test('results out of range are the error that MySQL gives', () => {
  for (const sql of ['u + 1', 'u * u', 'i - u', '9223372036854775807 + i', 'f * 1e308 * 1e308']) {
    expect(() => run(sql)).toThrow(expect.objectContaining({ errno: 1690, sqlstate: '22003' }));
  }
  expect(
    run(
      'i - u',
      ['1', '2'].map((v) => Buffer.from(v)),
      { noUnsignedSubtraction: true },
    ),
  ).toBe('-1');
});

test('the scale follows div_precision_increment', () => {
  expect(run('i / 3', row, { divPrecisionIncrement: 6 })).toBe('2.333333');
});

test('bind variables have the types that the plan knows', () => {
  const env = environment({
    n: { type: Type.INT64 },
    s: { type: Type.VARCHAR },
    x: { type: Type.DECIMAL },
    l: { type: Type.TUPLE, elementType: Type.INT64 },
    m: { type: Type.TUPLE },
  });
  const value = (sql: string, bindVariables: BindVariables): string | null => {
    const compiled = compileExpr(parseExpr(sql), env);
    return compiled === 'not-exact' ? compiled : (compiled.evaluate(row, bindVariables)?.toString() ?? null);
  };
  expect(value('i + :n', { n: int64BindVariable(5) })).toBe('12');
  expect(value('coalesce(null, :s)', { s: bindVariable(Type.VARCHAR, 'é') })).toBe('é');
  expect(value('i > :x', { x: bindVariable(Type.DECIMAL, '6.99') })).toBe('1');
  expect(value(':x', { x: bindVariable(Type.DECIMAL, '6.99') })).toBe('not-exact');
  expect(value('i + :x', {})).toBe('not-exact');
  expect(value('i in ::m', {})).toBe('not-exact');
  const list = listBindVariable([int64BindVariable(1), int64BindVariable(7)]);
  expect(value('i in ::l', { l: list })).toBe('1');
  expect(value('i not in ::l', { l: list })).toBe('0');
  expect(() => value('i + :n', {})).toThrow(/missing bind var n/);
  expect(() => value('i + :n', { n: bindVariable(Type.VARCHAR, '5') })).toThrow(/the plan expects/);
});

test('a predicate is true only where its condition is', () => {
  const passes = (sql: string, over: Row): boolean | 'not-exact' => {
    const predicate = compilePredicate(parseExpr(sql), environment());
    return predicate === 'not-exact' ? predicate : predicate(over, {});
  };
  expect(passes('i > 5', row)).toBe(true);
  expect(passes('i > 7', row)).toBe(false);
  expect(passes('i > 5', nulls)).toBe(false);
  expect(passes('f', row)).toBe(true);
  expect(passes('t', row)).toBe('not-exact');
  expect(passes("t = 'a'", row)).toBe('not-exact');
});

test('a column whose text is not what its type says is an error', () => {
  const bad: Row = row.map(() => Buffer.from('x1'));
  for (const sql of ['i + 1', 'd + 1', 'f + 1'])
    expect(() => run(sql, bad)).toThrow(expect.objectContaining({ code: 13 }));
});
