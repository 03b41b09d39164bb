import { parseExpr } from '@vitess-ts/sqlparser';
import { startMariadb } from '@vitess-ts/testkit';
import type { TestMariadb } from '@vitess-ts/testkit';
import { SqlError, VtError } from '@vitess-ts/vterrors';
import type { Field, Row } from '@vitess-ts/sqltypes';
import type { ExprEnvironment } from './index';
import { compileExpr, compilePredicate } from './index';

let server: TestMariadb;
let fields: Field[];
let rows: Row[];

const ints = ['ti', 'si', 'i', 'iu', 'b', 'bu'];
const decimals = ['d52', 'd105', 'du', 'd209'];
const others = ['vb', 'dt', 'tm'];

beforeAll(async () => {
  server = await startMariadb();
  await server.sql(`create database expr; use expr; set sql_mode=''; create table e (
    id int primary key, ti tinyint, si smallint, i int, iu int unsigned, b bigint, bu bigint unsigned,
    d52 decimal(5,2), d105 decimal(10,5), du decimal(8,3) unsigned, d209 decimal(20,9), f double,
    vb varbinary(10), dt date, tm time)`);
  await server.sql(`insert into e values
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '2020-01-01', '00:00:00'),
    (1, 1, 2, 3, 4, 5, 6, 1.5, 2.25, 3.125, 1.000000001, 0.1, 'a', '2021-12-31', '-01:00:00'),
    (2, -1, -2, -3, 7, -5, 9, -1.5, -2.00001, 0.5, -0.333333333, -2.5, 'b', '1999-02-28', '100:00:00'),
    (3, 127, -32768, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 999.99, 99999.99999,
      99999.999, 99999999999.999999999, 1e300, 'zz', '9999-12-31', '838:59:59'),
    (4, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (5, 3, null, 7, 0, -9000000000000000000, 9223372036854775808, 0.01, 0.00001, 0.001, 0.000000001, 1e-20,
      'a', '2020-01-01', '00:00:01'),
    (6, 10, 3, -7, 11, 1000000007, 3, 33.33, -1, 7, 12345.678900000, 3, null, null, '-838:59:59')`);
  const result = await server.sql('select * from e order by id');
  fields = result.fields;
  rows = result.rows.rows();
}, 60_000);
afterAll(() => server?.stop());

const env: ExprEnvironment = {
  reference(expr) {
    if (expr.kind !== 'column') return undefined;
    const index = fields.findIndex((f) => f.name === expr.name);
    return index < 0 ? undefined : { index, field: fields[index] };
  },
  argument: () => undefined,
};

let state = 7;
function random(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)];

function number(depth: number): string {
  if (depth <= 0 || random(6) === 0) {
    return pick([
      () => pick(ints),
      () => pick(decimals),
      () => 'f',
      () =>
        pick([
          '0',
          '1',
          '2',
          '3',
          '7',
          '-1',
          '100',
          '1.5',
          '0.25',
          '-0.001',
          '3.333',
          '2e0',
          '1.5e-3',
          'null',
          'true',
        ]),
    ])();
  }
  const next = (): string => number(depth - 1);
  switch (random(14)) {
    case 0:
      return `-${`(${next()})`}`;
    case 1:
      return `coalesce(${next()}, ${next()})`;
    case 2:
      return `if(${condition(depth - 1)}, ${next()}, ${next()})`;
    case 3:
      return `case when ${condition(depth - 1)} then ${next()} when ${condition(depth - 1)} then ${next()} end`;
    case 4:
      return `case ${next()} when ${next()} then ${next()} else ${next()} end`;
    case 5:
      return `ifnull(${next()}, ${next()})`;
    case 6:
      return `(${condition(depth - 1)})`;
    default:
      return `(${next()} ${pick(['+', '-', '*', '/', 'div', '%', '+', '-', '/'])} ${next()})`;
  }
}

function condition(depth: number): string {
  const next = (): string => number(depth - 1);
  switch (random(11)) {
    case 0:
      return `(${condition(depth - 1)} and ${condition(depth - 1)})`;
    case 1:
      return `(${condition(depth - 1)} or ${condition(depth - 1)})`;
    case 2:
      return `(not ${condition(depth - 1)})`;
    case 3:
      return `(${next()} between ${next()} and ${next()})`;
    case 4:
      return `(${next()} ${pick(['', 'not '])}in (${next()}, ${next()}, ${next()}))`;
    case 5:
      return `(${next()} is ${pick(['', 'not '])}${pick(['null', 'true', 'false', 'unknown'])})`;
    case 6:
      return `(${condition(depth - 1)} xor ${condition(depth - 1)})`;
    case 7: {
      const column = pick(others);
      return pick([
        `(${column} is null)`,
        `(${column} ${pick(['=', '<', '>=', '<=>'])} ${column})`,
        `(vb > 'a')`,
      ]);
    }
    default:
      return `(${next()} ${pick(['=', '<', '>', '<=', '>=', '<>', '<=>'])} ${next()})`;
  }
}

/** What MariaDB says, by row: the text, or the errno. */
async function ask(sql: string): Promise<{ field?: Field; values: (string | null)[] } | number> {
  try {
    const result = await server.sql(`select ${sql} from e order by id`);
    return {
      field: result.fields[0],
      values: result.rows.rows().map(([v]) => v?.toString('latin1') ?? null),
    };
  } catch (err) {
    if (err instanceof SqlError) return err.errno;
    throw err;
  }
}

function same(got: string | null, want: string | null, isDouble: boolean): boolean {
  if (got === want) return true;
  if (!isDouble || got === null || want === null) return false;
  const [x, y] = [Number(got), Number(want)];
  return x === y || Math.abs(x - y) <= 1e-14 * Math.max(Math.abs(x), Math.abs(y));
}

/** Compares one expression; says whether it was evaluated here. */
async function check(text: string): Promise<boolean> {
  const compiled = compileExpr(parseExpr(text), env);
  if (compiled === 'not-exact') return false;
  const want = await ask(text);
  let got: (string | null)[] | number;
  try {
    got = rows.map((row) => compiled.evaluate(row, {})?.toString('latin1') ?? null);
  } catch (err) {
    // A value of more digits than are certain to be kept.
    if (err instanceof VtError && err.id === 'VT12001') return false;
    if (!(err instanceof SqlError)) throw err;
    got = err.errno;
  }
  if (typeof want === 'number' || typeof got === 'number') {
    // MariaDB looks through an IN in an order of its own, and not into what cannot be NULL for IS NULL: there it may
    // not come to a value that is out of range.
    if (got === 1690 && / in \(| is /.test(text)) return true;
    expect([text, got]).toEqual([text, want]);
    return true;
  }
  const shape = (f: Field | undefined): unknown[] => [f?.type, f?.decimals];
  expect([text, ...shape(compiled.field)]).toEqual([text, ...shape(want.field)]);
  const isDouble = compiled.field.type === 1036;
  const equal = got.map((value, i) => same(value, want.values[i], isDouble));
  expect([text, equal.every(Boolean) ? want.values : got]).toEqual([text, want.values]);
  return true;
}

test('random expressions give what MariaDB gives, in value, type and scale', async () => {
  let exact = 0;
  for (let n = 0; n < 4000; n++) {
    if (await check(n % 3 === 0 ? condition(3) : number(1 + random(3)))) exact++;
  }
  expect(exact).toBeGreaterThan(1500);
}, 120_000);

test('results that are declared with more digits than a DECIMAL has keep all that they need', async () => {
  let exact = 0;
  for (let n = 0; n < 400; n++) {
    const factors = Array.from({ length: 3 + random(3) }, () =>
      pick(['d209', 'd105', 'd52', 'b', 'du', '1.25']),
    );
    if (await check(`${factors.join(' * ')} ${pick(['+', '-', '*', '/'])} ${number(1)}`)) exact++;
  }
  expect(exact).toBeGreaterThan(40);
}, 60_000);

test('random conditions pick the rows that WHERE picks', async () => {
  let exact = 0;
  for (let n = 0; n < 1000; n++) {
    const text = condition(3);
    const predicate = compilePredicate(parseExpr(text), env);
    if (predicate === 'not-exact') continue;
    let want: (string | null)[] | number;
    try {
      want = (await server.rows(`select id from e where ${text} order by id`)).map(([id]) => id);
    } catch (err) {
      if (!(err instanceof SqlError)) throw err;
      continue;
    }
    let got: (string | null)[];
    try {
      got = rows.filter((row) => predicate(row, {})).map((row) => String(row[0]));
    } catch (err) {
      // MariaDB may leave out what decides nothing, and so may not see a value out of range.
      if (err instanceof SqlError && err.errno === 1690) continue;
      if (err instanceof VtError && err.id === 'VT12001') continue;
      throw err;
    }
    exact++;
    expect([text, got]).toEqual([text, want]);
  }
  expect(exact).toBeGreaterThan(400);
}, 120_000);
