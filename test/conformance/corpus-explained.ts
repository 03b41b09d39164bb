/** Why an answer differs from that of one MariaDB, where that is meant. The first that fits counts. */
const explained: readonly { query: RegExp; details?: RegExp; why: string }[] = [
  { query: /\bcount \(/i, why: 'read as COUNT(..); MariaDB takes a name before " (" for a stored function' },
  { query: /\bin\s*\(\s*select\b.*\blimit\b/is, why: 'LIMIT in an IN subquery runs; MariaDB lacks it' },
  {
    query: /\)\s*(as\s+)?\w+\s*\(\w+(,\s*\w+)*\)/i,
    why: 'column names of a derived table run; MariaDB lacks them',
  },
  {
    query: /\bbad_table\b|\bdisabled\b/,
    details: /\/ 1146/,
    why: 'a routing rule says what is wrong with it',
  },
  { query: /\bvt_main\b/, why: 'the database of a shard is no keyspace' },
];

export function explanationOf(query: string, details: string): string | undefined {
  return explained.find((e) => e.query.test(query) && (e.details?.test(details) ?? true))?.why;
}
