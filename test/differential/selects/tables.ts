import type { Rng } from '../rng';
import type { ColumnClass, ColumnSpec, TableSpec } from '../schema';

/** Makes the value of a column in row `i` (from 1), as SQL. */
type Literal = (rng: Rng, i: number) => string;

const column = (
  name: string,
  definition: string,
  columnClass: ColumnClass,
  literal: Literal,
  nulls = 0.15,
): ColumnSpec => ({
  name,
  definition,
  class: columnClass,
  literal: (rng, i) => (!definition.includes('not null') && rng.chance(nulls) ? 'null' : literal(rng, i)),
});

const whole =
  (min: number, max: number): Literal =>
  (rng) =>
    String(rng.int(min, max));
const decimal =
  (whole_: number, digits: number): Literal =>
  (rng) =>
    `${rng.pick(['', '', '-'])}${rng.int(0, whole_)}.${String(rng.int(0, 10 ** digits - 1)).padStart(digits, '0')}`;
const day = (rng: Rng): string =>
  `20${rng.int(10, 13)}-${rng.pick(['01', '02', '12'])}-${rng.pick(['01', '28', '11'])}`;
const date: Literal = (rng) => `'${day(rng)}'`;
const datetime: Literal = (rng) =>
  `'${day(rng)} ${rng.pick(['00:00:00', '23:59:59', '07:30:00'])}${rng.pick(['', '.5', '.250'])}'`;
const time: Literal = (rng) =>
  `'${rng.pick(['-', ''])}${rng.pick(['00', '07', '25', '101'])}:${rng.pick(['00', '59'])}:01${rng.pick(['', '.5'])}'`;
const one =
  (texts: readonly string[]): Literal =>
  (rng) =>
    `'${rng.pick(texts)}'`;
const id: Literal = (_rng, i) => String(i);

const plain = [
  'ada',
  'Ada',
  'ADA ',
  'bo',
  'bob',
  'Bob',
  'cy',
  '',
  ' ',
  '12',
  '012',
  '7',
  '-3',
  'zz',
  'ss',
  'ZZ',
];
/** No two of them are equal under a binary collation, with or without padding. */
const trimmed = plain.filter((text) => text === text.trimEnd());
const accented = [...plain, 'böb', 'Élan', 'elan', 'straße', 'strasse', 'Åsa', 'asa'];
const wide = [...accented, 'ılık', 'ilik', 'Čenek', 'cenek', '日本', '😀', 'ёж', 'еж', 'ch', 'llo', 'lo'];

/** Collations of the columns of `langs`: those of `wide` texts, then those that only hold some. */
const collations: readonly [string, readonly string[]][] = [
  ['utf8mb4_general_ci', wide],
  ['utf8mb4_unicode_ci', wide],
  ['utf8mb4_unicode_520_ci', wide],
  ['utf8mb4_bin', wide],
  ['utf8mb4_nopad_bin', wide],
  ['utf8mb4_general_nopad_ci', wide],
  ['utf8mb4_unicode_nopad_ci', wide],
  ['utf8mb4_swedish_ci', wide],
  ['utf8mb4_turkish_ci', wide],
  ['utf8mb4_spanish2_ci', wide],
  ['utf8mb4_czech_ci', wide],
  ['utf8mb4_german2_ci', wide],
  ['utf8mb4_danish_ci', wide],
  ['utf8mb3_general_ci', accented],
  ['ucs2_general_ci', accented],
  ['latin1_swedish_ci', accented],
  ['latin1_german2_ci', accented],
  ['latin1_bin', accented],
  ['cp1251_general_ci', plain],
  ['ascii_general_ci', plain],
];

const langs: TableSpec = {
  name: 'langs',
  columns: [
    column('id', 'bigint not null', 'integer', id),
    column('n', 'int', 'integer', whole(-5, 12)),
    ...collations.map(([name, texts], i) =>
      column(
        `c${i}`,
        `varchar(16) character set ${name.slice(0, name.indexOf('_'))} collate ${name}`,
        'text',
        one(texts),
      ),
    ),
  ],
  vindexColumn: 'id',
  vindex: 'hash',
  key: ['id'],
  rows: 40,
};

/**
 * What generated SELECTs read: tables that share their vindex column (people, pets), that do not (facts), keyed by
 * text (marks), with many collations (langs), and one that every shard has whole (flags).
 */
export const selectTables: TableSpec[] = [
  {
    name: 'people',
    columns: [
      column('id', 'bigint not null', 'integer', id),
      column('i', 'int', 'integer', whole(-6, 12)),
      column('big', 'bigint unsigned', 'integer', (rng) =>
        rng.pick(['0', '7', '9223372036854775808', '18446744073709551615', '12']),
      ),
      column('dec1', 'decimal(12,3)', 'decimal', decimal(20, 3)),
      column('f', 'double', 'double', (rng) => rng.pick(['0', '2.5', '-1.25e-3', '1e10', '12', '7', '-3'])),
      column('d', 'date', 'date', date),
      column('dt', 'datetime(3)', 'date', datetime),
      column('s', 'varchar(20) collate utf8mb4_general_ci', 'text', one(accented)),
      column('b', 'varchar(20) collate utf8mb4_bin', 'text', one([...trimmed, 'böb', 'straße'])),
      column('boss', 'bigint', 'integer', whole(1, 40)),
    ],
    vindexColumn: 'id',
    vindex: 'hash',
    key: ['id'],
    rows: 36,
  },
  {
    name: 'pets',
    columns: [
      column('id', 'bigint not null', 'integer', id),
      column('owner', 'bigint not null', 'integer', whole(1, 44)),
      column('q', 'smallint', 'integer', whole(-3, 9)),
      column('amt', 'decimal(8,2) not null', 'decimal', decimal(90, 2)),
      column('tm', 'time(1)', 'time', time),
      column('nick', 'varchar(12) character set latin1 collate latin1_swedish_ci', 'text', one(accented)),
      column('kind', "enum('cat','dog','Ant','eel')", 'enum', one(['cat', 'dog', 'Ant', 'eel'])),
      column('made', 'datetime', 'date', (rng) => `'${day(rng)} 07:30:00'`),
    ],
    vindexColumn: 'owner',
    vindex: 'hash',
    key: ['id'],
    rows: 50,
  },
  {
    name: 'facts',
    columns: [
      column('id', 'bigint not null', 'integer', id),
      column('pid', 'bigint', 'integer', whole(1, 44)),
      column('w', 'int not null', 'integer', whole(-4, 8)),
      column('u', 'int unsigned', 'integer', whole(0, 12)),
      column('y', 'year', 'integer', whole(2009, 2014)),
      column('bn', 'varbinary(12)', 'binary', one(['ada', 'ADA', 'a', '', '\\0', '12'])),
      column('dec2', 'decimal(6,1)', 'decimal', decimal(20, 1)),
      column('t', 'varchar(16) collate utf8mb4_unicode_ci not null', 'text', one(wide)),
    ],
    vindexColumn: 'id',
    vindex: 'xxhash',
    key: ['id'],
    rows: 44,
  },
  {
    name: 'marks',
    columns: [
      column('id', 'int not null', 'integer', id),
      column('word', 'varchar(20) collate utf8mb4_general_ci not null', 'text', one(accented)),
      column('v', 'int', 'integer', whole(-4, 10)),
      column('fl', 'float', 'float', (rng) => rng.pick(['0.1', '7', '-2.5', '16777217', '12'])),
    ],
    vindexColumn: 'word',
    vindex: 'loose',
    key: ['id'],
    rows: 40,
  },
  langs,
  {
    name: 'flags',
    columns: [
      column('code', 'int not null', 'integer', (_rng, i) => String(i - 3)),
      column('label', 'varchar(10) collate utf8mb4_bin', 'text', one(trimmed)),
      column('v', 'decimal(5,1)', 'decimal', decimal(9, 1)),
    ],
    key: ['code'],
    rows: 9,
  },
];
