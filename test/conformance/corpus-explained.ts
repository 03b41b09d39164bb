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

/** `select (select .. where id = 1) from t where id = 1`: only the second is a parameter. */
const keptLiteral =
  'a literal in a select item without alias names a column and stays, so it is not the parameter of an equal one';

/** Why a plan asks more shards than Vitess's. The first that fits counts. */
const routeReasons: readonly { query: RegExp; why: string }[] = [
  {
    query: /_ref\b|source_of_ref|ambiguous_ref_with_source/i,
    why: 'a table of the unsharded keyspace is read there: copies may lag, and lack what the session wrote itself',
  },
  { query: /::\w+/, why: 'a list of rows as a parameter routes by no column' },
  { query: /\bmulticol_tbl\b/, why: 'a vindex over several columns routes no reads' },
  { query: /5\+5|2 < 1|limit 1\+1/, why: 'constant expressions are computed by MySQL, not by the planner' },
  { query: /\bbetween\b|like 'A%'/i, why: 'ranges of a vindex ask all shards' },
  { query: /rand\(\)|last_insert_id\(|udf_aggr/i, why: 'it must run once, in one place' },
  { query: /\brecursive\b/i, why: 'recursion over tables of several shards runs over scratch tables' },
  { query: /\bgroup_concat\b|select \(select (\(|u\.id)|= \(select \(select/i, why: keptLiteral },
  {
    query: /\bin \(select (max\b|\* from \(select \* from|.*\bgroup by\b)/i,
    why: 'groups, and the rows of a LIMIT, are known before a value is looked for among them',
  },
  {
    query: /information_schema\.key_column_usage a\) x join user/i,
    why: 'system tables meet those of shards over scratch tables',
  },
  {
    query: /user_extra\.col = user\.col|user\.id\+outm\.m/,
    why: 'a subquery that depends on tables of two routes runs over scratch tables',
  },
  { query: /=.* or .*\bin \(\d/i, why: 'a list of values in an alternative is one parameter' },
  {
    query: /union select .* union all select/i,
    why: 'the selects of a longer UNION are put together in the gate, not in pairs',
  },
];

/** Undefined for a plan that nothing explains. */
export const routeReason = (query: string): string | undefined =>
  routeReasons.find((r) => r.query.test(query))?.why;
