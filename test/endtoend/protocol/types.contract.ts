import { Command } from '@vitess-ts/mysql';
import type { ProtocolCluster } from './protocol-cluster.contract';

/** A column of each type, with values at its edges; a NULL row comes by itself. */
const columns: readonly [definition: string, ...values: string[]][] = [
  ['tinyint', '-128', '127'],
  ['tinyint unsigned', '0', '255'],
  ['tinyint(1)', '0', '1'],
  ['tinyint zerofill', '7', '255'],
  ['smallint', '-32768', '32767'],
  ['smallint unsigned', '0', '65535'],
  ['mediumint', '-8388608', '8388607'],
  ['mediumint unsigned', '0', '16777215'],
  ['int', '-2147483648', '2147483647'],
  ['int unsigned', '0', '4294967295'],
  ['int(10) zerofill', '5', '4294967295'],
  ['bigint', '-9223372036854775808', '9223372036854775807'],
  ['bigint unsigned', '0', '18446744073709551615'],
  ['bool', 'true', 'false'],
  ['decimal(10,2)', '-12345678.90', '0.01'],
  ['decimal(65,30)', '-12345678901234567890123456789012345.123456789012345678901234567890', '1'],
  ['decimal(5,0) unsigned', '0', '99999'],
  ['decimal(6,2) zerofill', '1.5', '9999.99'],
  ['float', '-1.5', '3.40282e38'],
  ['float unsigned', '0', '0.25'],
  ['float(7,3)', '-1234.5', '0.125'],
  ['double', '-1.7976931348623157e308', '0.1'],
  ['double', '5e-324', '1e21'],
  ['double(10,4)', '-99999.1234', '0.0001'],
  ['double unsigned zerofill', '1.5', '0'],
  ['bit(1)', "b'0'", "b'1'"],
  ['bit(17)', "b'10101010101010101'", '0'],
  ['bit(64)', '18446744073709551615', '0'],
  ['date', "'0000-00-00'", "'9999-12-31'"],
  ['time', "'-838:59:59'", "'838:59:59'"],
  ['time(6)', "'-00:00:00.000001'", "'12:34:56.789012'"],
  ['datetime', "'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'"],
  ['datetime(3)', "'2024-02-29 00:00:00.000'", "'2024-02-29 12:00:00.120'"],
  ['datetime(6)', "'1000-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.000000'"],
  ['timestamp null', "'1971-01-01 00:00:01'", "'2037-01-01 00:00:00'"],
  ['timestamp(6) null', "'2024-01-02 03:04:05.000006'", "'0000-00-00 00:00:00'"],
  ['year', '1901', '2155'],
  ['year', '0', '2024'],
  ['char(5)', "''", "'naïve'"],
  ['char(5) character set latin1', "'é'", "'abc'"],
  ['char(3) collate utf8mb4_bin', "'a  '", "'ABC'"],
  ['varchar(100)', "'🙂'", "''"],
  ['varchar(100) character set ucs2', "'é'", "'x'"],
  ['varchar(20) character set ascii', "'abc'", "''"],
  ['binary(4)', "x'00ff'", "'abcd'"],
  ['varbinary(300)', "repeat(x'fb', 300)", "''"],
  ['tinytext', "'t'", "''"],
  ['text', "repeat('é', 1000)", "'x'"],
  ['mediumtext', "repeat('m', 70000)", "''"],
  ['longtext collate utf8mb4_unicode_ci', "'l'", "''"],
  ['tinyblob', "x'00'", "''"],
  ['blob', "repeat(x'ff', 251)", "x'fb'"],
  ['mediumblob', "repeat(x'fe', 65536)", "''"],
  ['longblob', "'l'", "x'00fbfcfdfeff'"],
  ["enum('a','b','ç')", "'a'", "'ç'"],
  ["enum('x','y') character set latin1", "''", "'y'"],
  ["set('a','b','c')", "''", "'a,c'"],
  ['json', `'{"a": [1, null]}'`, "'[]'"],
  ['geometry', 'point(1, 2)', 'linestring(point(0, 0), point(1, 1))'],
  ['point', 'point(-1.5, 0)', 'point(0, 0)'],
  ['polygon', "st_geomfromtext('POLYGON((0 0,0 1,1 1,0 0))')", 'null'],
  ['uuid', "'123e4567-e89b-12d3-a456-426655440000'", 'null'],
  ['inet4', "'192.0.2.1'", 'null'],
  ['inet6', "'2001:db8::1'", 'null'],
];

export const typesTable = `create table types60 (id int primary key, ${columns.map(([definition], i) => `c${i} ${definition}`).join(', ')})`;

export const typesRows: readonly string[] = [1, 2].map(
  (row) => `insert into types60 values (${row}, ${columns.map((column) => column[row]).join(', ')})`,
);

/** Every type through both protocols, next to MariaDB's own bytes. */
export function describeTypes(cluster: () => ProtocolCluster): void {
  describe('a table of every type', () => {
    test(`has ${columns.length} types`, () => expect(columns.length).toBeGreaterThanOrEqual(60));

    test.each(['*', 'c0, c1, c2', 'max(c11), min(c22), c28', 'c33 + interval 1 day, c30, c16 + 1'])(
      'select %s gives the same bytes as text and binary',
      async (items) => {
        const sql = `select ${items} from types60 ${items.includes('max') ? 'group by c28' : ''} order by 1`;
        const [gate, direct] = await cluster().both(
          Buffer.concat([Buffer.from([Command.QUERY]), Buffer.from(sql)]),
        );
        expect(gate.length).toBeGreaterThan(4);
        expect(gate).toEqual(direct);
        const prepare = Buffer.concat([Buffer.from([Command.STMT_PREPARE]), Buffer.from(sql)]);
        const prepared = await cluster().both(prepare);
        expect(prepared[0].slice(1)).toEqual(prepared[1].slice(1));
        const execute = Buffer.from([Command.STMT_EXECUTE, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0]);
        const [binary, directBinary] = await cluster().both(execute);
        expect(binary.length).toBe(gate.length);
        expect(binary).toEqual(directBinary);
      },
    );
  });
}
