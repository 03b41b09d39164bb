import { startMariadb } from '@vitess-ts/testkit';
import type { TestMariadb } from '@vitess-ts/testkit';
import type { Field, Result, Value } from '@vitess-ts/sqltypes';
import type { AggregateFunction } from './index';
import { aggregateRows, comparatorFor, formatDouble, groupKeyFor, mergePartials } from './index';

let server: TestMariadb;
beforeAll(async () => {
  server = await startMariadb();
  await server.sql('create database evalengine; use evalengine');
}, 60_000);
afterAll(() => server?.stop());

/** Numbers that are the same each run (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}
const random = randomNumbers(20);

function digits(count: number): string {
  return Array.from({ length: count }, () => random(10)).join('');
}

/** A number with up to this many digits before and after the point; often small, zero or at the limit. */
function number(whole: number, fraction: number, signed = true): string {
  const kind = random(10);
  const sign = signed && random(2) === 0 ? '-' : '';
  const point = fraction > 0 ? '.' : '';
  if (kind === 0) return '0';
  if (kind === 1) return sign + '9'.repeat(whole) + point + '9'.repeat(fraction);
  if (kind < 5) return sign + digits(1) + (fraction > 0 ? `.${digits(random(fraction) + 1)}` : '');
  return sign + digits(random(whole) + 1) + (fraction > 0 ? `.${digits(random(fraction) + 1)}` : '');
}

function double(): string {
  switch (random(6)) {
    case 0:
      return String(random(1_000_000) - 500_000);
    case 1:
      return `${random(2) ? '-' : ''}${digits(1)}.${digits(random(16) + 1)}e${random(600) - 300}`;
    case 2:
      return `${digits(random(22) + 1)}.${digits(random(4) + 1)}e0`;
    case 3:
      return `0.${'0'.repeat(random(18))}${digits(random(8) + 1)}e0`;
    case 4:
      return `1e${random(40) - 20}`;
    default:
      return `${random(1000)}e-2`;
  }
}

const two = (n: number): string => String(n).padStart(2, '0');
const date = (): string =>
  `${two(random(30) + 10)}${two(random(100))}-${two(random(12) + 1)}-${two(random(28) + 1)}`;
const clock = (): string => `${two(random(24))}:${two(random(60))}:${two(random(60))}`;

/** Columns and values for them, in SQL. */
const columns: [string, string, () => string][] = [
  ['ti', 'tinyint', () => String(random(256) - 128)],
  ['tu', 'tinyint unsigned zerofill', () => String(random(256))],
  ['si', 'smallint', () => String(random(65536) - 32768)],
  ['mi', 'mediumint', () => String(random(1 << 24) - (1 << 23))],
  ['i', 'int', () => String(random(4294967296) - 2147483648)],
  ['iu', 'int unsigned', () => String(random(4294967296))],
  ['b', 'bigint', () => (random(5) === 0 ? '-9223372036854775808' : number(18, 0))],
  ['bu', 'bigint unsigned', () => (random(5) === 0 ? '18446744073709551615' : number(19, 0, false))],
  ['y', 'year', () => String(1901 + random(255))],
  ['d52', 'decimal(5,2)', () => number(3, 2)],
  ['d105', 'decimal(10,5)', () => number(5, 5)],
  ['d3818', 'decimal(38,18)', () => number(20, 18)],
  ['d6530', 'decimal(60,30)', () => number(30, 30)],
  ['du', 'decimal(8,3) unsigned', () => number(5, 3, false)],
  ['dz', 'decimal(9,9)', () => `0.${digits(9)}`],
  ['dbl', 'double', double],
  ['dt', 'date', () => (random(10) === 0 ? "'0000-00-00'" : `'${date()}'`)],
  ['dtm', 'datetime', () => `'${date()} ${clock()}'`],
  ['dtm3', 'datetime(3)', () => `'${date()} ${clock()}.${random(3) ? digits(3) : '000'}'`],
  [
    'ts6',
    'timestamp(6)',
    () => `'20${two(random(30))}-01-01 ${clock()}.${random(3) ? digits(6) : '500000'}'`,
  ],
  ['tm', 'time', () => `'${random(2) ? '-' : ''}${random(839)}:${two(random(60))}:${two(random(60))}'`],
  [
    'tm2',
    'time(2)',
    () => `'${random(2) ? '-' : ''}${random(838)}:00:${two(random(3))}.${random(2) ? '50' : '00'}'`,
  ],
  ['vb', 'varbinary(20)', () => `x'${digits(2 * random(6))}'`],
  ['bt', 'bit(20)', () => String(random(1 << random(20)))],
];
const rowCount = 400;

async function fillTable(): Promise<void> {
  await server.sql("set sql_mode='', time_zone='+00:00'");
  await server.sql(
    `create table v (id int primary key, g int, ${columns.map(([name, type]) => `${name} ${type} null default null`).join(', ')})`,
  );
  const rows = Array.from({ length: rowCount }, (_, id) => {
    // A group of one, one of NULLs only, and others of many rows.
    const group = id === 0 ? 0 : id < 4 ? 1 : 2 + random(9);
    const values = columns.map(([, , value]) => (group === 1 || random(12) === 0 ? 'null' : value()));
    return `(${id}, ${group}, ${values.join(', ')})`;
  });
  await server.sql(`insert into v values ${rows.join(', ')}`);
}

const query = (sql: string): Promise<Result> => server.sql(sql);
const text = (value: Value): string | null => value?.toString('latin1') ?? null;

function shape(field: Field): Partial<Field> {
  const { type, decimals, columnLength, charset } = field;
  return { type, decimals, columnLength, charset };
}

async function groups(column: string): Promise<{ field: Field; byGroup: Map<string, Value[]> }> {
  const result = await query(`select g, ${column} from v order by g, id`);
  const byGroup = new Map<string, Value[]>();
  for (const [g, value] of result.rows.rows()) {
    const key = String(g);
    byGroup.set(key, [...(byGroup.get(key) ?? []), value]);
  }
  return { field: result.fields[1], byGroup };
}

/** Equal, or doubles that differ by the order of summing only. */
function expectSame(what: string, got: string | null, want: string | null, isDouble: boolean): void {
  if (isDouble && got !== null && want !== null && got !== want) {
    const [x, y] = [Number(got), Number(want)];
    expect([what, Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y), 1e-300) < 1e-12]).toEqual([
      what,
      true,
    ]);
    return;
  }
  expect([what, got]).toEqual([what, want]);
}

describe('with one MariaDB', () => {
  beforeAll(fillTable, 60_000);

  const aggregates: AggregateFunction[] = [
    'count',
    'sum',
    'avg',
    'min',
    'max',
    'bit_and',
    'bit_or',
    'bit_xor',
  ];

  test('aggregates of rows equal MariaDB in value and column', async () => {
    let compared = 0;
    for (const [column] of columns) {
      const { field, byGroup } = await groups(column);
      for (const name of aggregates) {
        const aggregation = aggregateRows(name, field);
        if (!aggregation) continue;
        const want = await query(`select g, ${name}(${column}) from v group by g order by g`);
        if (['sum', 'avg', 'count', 'bit_or'].includes(name)) {
          expect([name, column, shape(aggregation.field)]).toEqual([name, column, shape(want.fields[1])]);
        }
        for (const [g, value] of want.rows.rows()) {
          const aggregator = aggregation.create();
          for (const v of byGroup.get(String(g)) ?? []) aggregator.add(v);
          expectSame(
            `${name}(${column}) of ${String(g)}`,
            text(aggregator.result()),
            text(value),
            column === 'dbl',
          );
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(1000);
  }, 60_000);

  test('partial aggregates of shards merge to what one MariaDB gives', async () => {
    for (const [column, type] of columns) {
      for (const name of aggregates) {
        const partialName = name === 'avg' ? 'sum' : name;
        const partials = await query(
          `select g, ${partialName}(${column}), count(${column}) from v group by g, id % 3 order by g`,
        );
        const aggregation = mergePartials(name, partials.fields[1]);
        if (!aggregation || /^(date|time|bit|var)/.test(type)) continue;
        const want = await query(`select g, ${name}(${column}) from v group by g order by g`);
        // The width of a sum of 65 digits does not tell that of the column.
        if ((name === 'avg' && column !== 'd6530') || name === 'sum') {
          expect([name, column, shape(aggregation.field)]).toEqual([name, column, shape(want.fields[1])]);
        }
        for (const [g, value] of want.rows.rows()) {
          const aggregator = aggregation.create();
          for (const [pg, partial, count] of partials.rows.rows()) {
            if (String(pg) === String(g)) aggregator.add(partial, count);
          }
          expectSame(
            `${name}(${column}) of ${String(g)}`,
            text(aggregator.result()),
            text(value),
            column === 'dbl',
          );
        }
      }
    }
  }, 60_000);

  test('MIN and MAX of text go by the weight string', async () => {
    await server.sql('create table s (v varchar(10) collate utf8mb4_general_ci)');
    await server.sql("insert into s values ('b'), ('A'), (null), ('á'), ('Z'), ('_'), ('z')");
    const rows = await query('select v, weight_string(v) from s');
    const want = await server.rows('select min(v), max(v) from s');
    const got = (['min', 'max'] as const).map((name) => {
      const aggregation = aggregateRows(name, rows.fields[0]);
      expect(aggregation?.needs).toBe('weight');
      const aggregator = aggregation?.create();
      for (const [value, weight] of rows.rows.rows()) aggregator?.add(value, weight);
      return aggregator?.result()?.toString() ?? null;
    });
    expect([got]).toEqual(want);
  });

  test('the order of values is that of ORDER BY, and equal values have one key', async () => {
    let compared = 0;
    for (const [column] of columns) {
      const result = await query(
        `select ${column}, dense_rank() over (order by ${column}) from v order by ${column}`,
      );
      const compare = comparatorFor(result.fields[0]);
      const keyOf = groupKeyFor(result.fields[0]);
      if (!compare || !keyOf) throw new Error(`${column} cannot be compared`);
      const rows = result.rows.rows();
      for (let n = 0; n < 3000; n++) {
        const i = n < rows.length - 1 ? n : random(rows.length);
        const j = n < rows.length - 1 ? n + 1 : random(rows.length);
        const want = Math.sign(Number(String(rows[i][1])) - Number(String(rows[j][1])));
        const where = `${column}: ${String(rows[i][0])} and ${String(rows[j][0])}`;
        expect([where, Math.sign(compare(rows[i][0], rows[j][0]))]).toEqual([where, want]);
        expect([where, keyOf(rows[i][0]) === keyOf(rows[j][0])]).toEqual([where, want === 0]);
        compared++;
      }
    }
    expect(compared).toBe(3000 * columns.length);
  }, 60_000);

  test('doubles print as MariaDB prints them', async () => {
    for (let round = 0; round < 8; round++) {
      const numbers = Array.from({ length: 500 }, () => Number(double()) / (random(2) ? 1 : 3));
      const literals = numbers.map((n) => (/e/.test(String(n)) ? String(n) : `${n}e0`));
      const rows = await server.rows(literals.map((n) => `select cast(${n} as double)`).join(' union all '));
      expect(rows.map(([printed]) => printed)).toEqual(numbers.map((n) => formatDouble(n === 0 ? 0 : n)));
    }
  }, 60_000);
});
