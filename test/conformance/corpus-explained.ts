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
  {
    query: /max\(\(select group_concat/,
    details: /VARCHAR instead of TEXT/,
    why: 'a text that was carried is as short as it is',
  },
  { query: /\bvt_main\b/, why: 'the database of a shard is no keyspace' },
];

export function explanationOf(query: string, details: string): string | undefined {
  return explained.find((e) => e.query.test(query) && (e.details?.test(details) ?? true))?.why;
}

/** Why a plan asks more shards than Vitess's. */
const routeReasons: readonly { query: RegExp; why: string }[] = [
  {
    query: /_ref\b|source_of_ref/i,
    why: 'tables of the unsharded keyspace are read there, not from their copies',
  },
  { query: /::\w+/, why: 'a list of rows as a parameter routes by no column' },
  { query: /\bnull\b/i, why: 'a comparison with NULL still asks shards' },
  { query: /5\+5|2 < 1/, why: 'constant expressions are computed by shards' },
  { query: /\bbetween\b|like 'A%'/i, why: 'ranges of a vindex ask all shards' },
  { query: /rand\(\)|last_insert_id\(|udf_aggr/i, why: 'it must run once, in one place' },
  { query: /group_concat|\brecursive\b|select x\)/i, why: 'over scratch tables' },
  { query: /(= ?(\d+)\b.*){2}/s, why: 'literals are parameters, equal ones too: plans know no values' },
];

export const routeReason = (query: string): string =>
  routeReasons.find((r) => r.query.test(query))?.why ?? 'not explained';
