import { SqlError } from '@vitess-ts/vterrors';
import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import { startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { createVindex, storedVindexValue, type StoredColumn, type Strictness } from '../index';

let server: TestMariadb;
beforeAll(async () => {
  server = await startMariadb();
  await server.sql('create database stored; use stored');
}, 60_000);
afterAll(() => server?.stop());

const errnos = {
  incorrectInteger: 1366,
  truncated: 1265,
  outOfRange: 1264,
  tooLong: 1406,
  hidden: 0,
} as const;

/** What the server stores, or its error, and what we say. */
async function bothSides(
  definition: string,
  column: StoredColumn,
  literal: string,
  value: TypedValue,
  strictness: Strictness,
): Promise<[string, string]> {
  await server.sql(`set sql_mode = '${strictness === 'strict' ? 'STRICT_TRANS_TABLES' : ''}'`);
  await server.sql(`create or replace table t (v ${definition}) character set utf8mb4`);
  let theirs: string;
  try {
    await server.sql(`insert into t values (${literal})`);
    theirs = `stored ${(await server.rows('select hex(v) from t'))[0][0]}`;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    theirs = `error ${error.errno}`;
  }
  const ours = storedVindexValue(createVindex('xxhash', 'v'), column, value, strictness);
  if (ours === 'unknown') return [theirs, 'unknown'];
  if ('invalid' in ours) return [theirs, `error ${errnos[ours.invalid]}`];
  const text = ours.stored.value;
  const isNumber =
    column.type !== Type.VARCHAR && column.type !== Type.CHAR && column.type !== Type.VARBINARY;
  const hex = isNumber
    ? BigInt.asUintN(64, BigInt(text.toString())).toString(16).toUpperCase()
    : text.toString('hex').toUpperCase();
  return [theirs, `stored ${hex}`];
}

const integers: [string, number][] = [
  ['tinyint', Type.INT8],
  ['smallint unsigned', Type.UINT16],
  ['mediumint', Type.INT24],
  ['int', Type.INT32],
  ['bigint', Type.INT64],
  ['bigint unsigned', Type.UINT64],
];
const texts = [
  ...[
    '12',
    '012',
    ' 12',
    '12 ',
    '+12',
    '-12',
    '-0',
    '',
    ' ',
    'x',
    '12abc',
    '12 abc',
    '1.5',
    '2.5',
    '-1.5',
    '0.4999',
  ],
  ...[
    '.5',
    '5.',
    '.',
    '-',
    '1e2',
    '25e-1',
    '1.2e1',
    '1e',
    '1e+',
    '127',
    '128',
    '-128',
    '-129',
    '65535',
    '65536',
  ],
  ...[
    '127.4',
    '127.5',
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551615',
    '18446744073709551616',
  ],
  ...[
    '9223372036854775807.4',
    '99999999999999999999999',
    '0x10',
    '1,5',
    '\t12',
    '12\n',
    '-9223372036854775808',
  ],
];
const numbers: [string, number][] = [
  ...['12', '0', '127', '128', '65536', '18446744073709551615'].map((t): [string, number] => [t, Type.INT64]),
  ...['-1', '-129', '-9223372036854775808'].map((t): [string, number] => [t, Type.INT64]),
  ...[
    '1.5',
    '2.5',
    '0.5',
    '-0.5',
    '-1.5',
    '12.49999999999999999999',
    '12.0',
    '127.5',
    '65535.5',
    '9223372036854775807.5',
  ].map((t): [string, number] => [t, Type.DECIMAL]),
  ...['1.5e0', '2.5e0', '0.5e0', '-2.5e0', '1.2e1', '1.28e2', '4.5e3', '1e15'].map((t): [string, number] => [
    t,
    Type.FLOAT64,
  ]),
];

describe.each<Strictness>(['strict', 'lenient'])('%s', (strictness) => {
  test.each(integers)('%s', async (definition, type) => {
    const column = { type, collation: '', size: 0 };
    const wrong: string[] = [];
    let unknown = 0;
    const check = async (literal: string, value: TypedValue): Promise<void> => {
      const [theirs, ours] = await bothSides(definition, column, literal, value, strictness);
      if (ours === 'unknown') unknown++;
      else if (ours !== theirs) wrong.push(`${literal}: ${ours} instead of ${theirs}`);
    };
    for (const text of texts) await check(`'${text}'`, { type: Type.VARCHAR, value: Buffer.from(text) });
    for (const [text, type] of numbers) await check(text, { type, value: Buffer.from(text) });
    expect(wrong).toEqual([]);
    expect(unknown).toBeLessThan(4);
  });

  test.each<[string, StoredColumn]>([
    ['varchar(3)', { type: Type.VARCHAR, collation: 'utf8mb4_general_ci', size: 3 }],
    ['char(3)', { type: Type.CHAR, collation: 'utf8mb4_general_ci', size: 3 }],
    ['varchar(3) character set latin1', { type: Type.VARCHAR, collation: 'latin1_swedish_ci', size: 3 }],
    ['varchar(3) character set utf8mb3', { type: Type.VARCHAR, collation: 'utf8mb3_general_ci', size: 3 }],
    ['varbinary(3)', { type: Type.VARBINARY, collation: 'binary', size: 3 }],
  ])('%s', async (definition, column) => {
    const wrong: string[] = [];
    for (const text of [
      'abc',
      'ab ',
      'a  ',
      'abc  ',
      'abcd',
      'ab  d',
      ' ',
      '',
      'äöü',
      'äöüß',
      '日本語',
      '日本語文',
      'a😀',
    ]) {
      const value = { type: Type.VARCHAR, value: Buffer.from(text) };
      const [theirs, ours] = await bothSides(definition, column, `'${text}'`, value, strictness);
      if (ours === 'unknown') continue;
      // What latin1 stores in a byte is UTF-8 to the vindex.
      const isLatin1 = column.collation.startsWith('latin1') && /[^ -~]/.test(text);
      if (ours !== theirs && !isLatin1) wrong.push(`'${text}': ${ours} instead of ${theirs}`);
    }
    for (const [text, type] of [
      ['12', Type.INT64],
      ['-1', Type.INT64],
      ['1.0', Type.DECIMAL],
      ['1234', Type.INT64],
    ] as const) {
      const [theirs, ours] = await bothSides(
        definition,
        column,
        text,
        { type, value: Buffer.from(text) },
        strictness,
      );
      if (ours !== theirs) wrong.push(`${text}: ${ours} instead of ${theirs}`);
    }
    expect(wrong).toEqual([]);
  });
});
