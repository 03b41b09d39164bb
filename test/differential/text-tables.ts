import type { Rng } from './rng';
import type { ColumnSpec, TableSpec } from './schema';

const column = (name: string, definition: string, columnClass: ColumnSpec['class']): ColumnSpec => ({
  name,
  definition,
  class: columnClass,
});

const keyedBy = (name: string, key: string, definition: string, vindex: string): TableSpec => ({
  name,
  columns: [
    column('id', 'bigint not null', 'integer'),
    column(key, definition, 'text'),
    column('amount', 'int', 'integer'),
  ],
  vindexColumn: key,
  vindex,
  key: ['id'],
  rows: 110,
});

/** Tables whose rows lie where a text says, under collations that call texts equal which the vindex keeps apart. */
export const textTables: TableSpec[] = [
  keyedBy('words', 'word', 'varchar(24) collate utf8mb4_general_ci not null', 'loose'),
  keyedBy('tags', 'word', 'varchar(24) collate utf8mb4_general_ci not null', 'loose'),
  keyedBy('terms', 'term', 'varchar(24) collate utf8mb4_unicode_ci not null', 'loose'),
  keyedBy('codes', 'code', 'char(12) character set latin1 collate latin1_swedish_ci not null', 'loose'),
  keyedBy('exact', 'word', 'varchar(24) collate utf8mb4_bin not null', 'loose'),
  keyedBy('bytes', 'word', 'varchar(24) collate utf8mb4_general_ci not null', 'xxhash'),
];

const everywhere = [
  'anna',
  'Anna',
  'ANNA ',
  'tom',
  'Tom  ',
  's',
  'S',
  'is',
  'IS',
  'Is ',
  '',
  ' ',
  '1234',
  'l',
  'll',
];
const accents = [
  'sí',
  'élan',
  'Elan',
  'elan ',
  'Åsa',
  'asa',
  'ß',
  'ß ',
  'ss',
  'SS',
  'sS ',
  'straße',
  'strasse',
  'strase',
];
const swedish = ['Y', 'ü', 'Ü ', 'y', '[', 'å', 'Å', '\\\\', 'ä', 'æ', ']', 'ö', 'o', 'l·l', 'L·L'];
const turkish = ['ılık', 'ilik', 'İLİK', 'ılik', 'ıs', 'ßıß', 'sis', 'sıs'];
const cyrillic = ['пи', 'пй', 'Пи', 'ПИ\u0306', 'ёж', 'еж', 'ЕЖ ', 'у', 'ў', 'ӱ', 'ӳ', 'К', 'ќ'];
const signs = [
  'cars',
  'ca₨',
  'CARS',
  '½',
  '1⁄2',
  '①',
  '1',
  '1৴',
  '12৵4',
  'l·l',
  'ŀl',
  'Łódź',
  'łódź',
  'lodz',
];
const others = [
  '日本',
  '日本 ',
  '😀',
  '😁',
  'เก',
  'เ\u0001ก',
  'กเ',
  'أب',
  'اب',
  'اب\u0654',
  'ab\u0001',
  'ab',
  'a\u0000b',
  'Ⴀ',
  'ა',
];

/** Texts for the vindex column of a table; equal ones in different forms are likely. */
export function textsFor(table: TableSpec): string[] {
  if (table.name === 'codes') return [...everywhere, ...accents, ...swedish];
  return [...everywhere, ...accents, ...turkish, ...cyrillic, ...signs, ...others];
}

export function textLiteral(rng: Rng, table: TableSpec): string {
  return quoted(rng.pick(textsFor(table)));
}

export function quoted(text: string): string {
  return `'${text.replaceAll('\u0000', '\\0')}'`;
}
