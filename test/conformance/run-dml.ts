import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { parse, quoteName, visit, type Statement, type TableName } from '@vitess-ts/sqlparser';
import type { Result } from '@vitess-ts/sqltypes';
import { compareResults } from '@vitess-ts/testkit';
import { SqlError } from '@vitess-ts/vterrors';
import { vschemaOf, type CorpusCase } from './corpus-cases';
import { completeColumns, readVSchema, type VSchemaJson } from './corpus-columns';
import { corpusKeyspaces } from './corpus-database';
import { allTables, startCorpusServers } from './corpus-servers';
import { withValues } from './with-values';

interface Outcome {
  /** `explained`: it differs, and is meant to. */
  verdict: 'same' | 'both refuse' | 'refused' | 'different' | 'explained' | 'not compared';
  details: string;
}

/** Why a statement is not compared with one MariaDB. */
const notCompared: readonly { query: RegExp; why: string }[] = [
  { query: /\w\[[^\]]*\]|`\w+:[^`]*`/, why: 'shards named in the statement' },
  { query: /\bnext\s+(\d+\s+|:\w+\s+)?values?\b/i, why: 'NEXT VALUE of a sequence' },
  { query: /^\s*(\/\*.*?\*\/\s*)*with\b/i, why: 'MariaDB has no WITH before UPDATE and DELETE' },
  { query: /\bas\s+new\b|\)\s+as\s+\w+\s+on\s+duplicate/i, why: 'MariaDB has no row alias' },
];

const whyNot = ({ file, query }: CorpusCase): string | undefined =>
  file.startsWith('foreignkey')
    ? 'foreign keys, which the corpus gives no DDL for'
    : notCompared.find((n) => n.query.test(query))?.why;

/** Why a statement leaves other rows than on one MariaDB, where that is meant or known. */
const explained: readonly { query: RegExp; details?: RegExp; why: string }[] = [
  { query: /./, details: /1048 .*\/ 1364/, why: 'of several columns without a value another one is named' },
  {
    query: /^delete from \w+ \w+ where/i,
    details: /\/ 1064/,
    why: 'MySQL has an alias there, MariaDB has not',
  },
  {
    query: /ref_with_source/,
    details: /missing row/,
    why: 'a copy gets its rows from the source, in its own time',
  },
  { query: /source_of_ref/, details: /Field of view/, why: 'the one MariaDB has a view there' },
  {
    query: /set u\.col = ue\.col where/i,
    details: /missing row|\d rows \/ \d rows/,
    why: 'several rows match one that changes: which of them gives the value is open',
  },
  {
    query: /\+/,
    details: /\/ 1292/,
    why: 'values of joins are computed by a SELECT, where strict mode warns of texts that are no numbers',
  },
];

/** Rows that a LIMIT without an order, or a call of a clock or dice, leaves open. */
const isOpen = (query: string): boolean =>
  (/\blimit\b/i.test(query) && !/\border by\b/i.test(query)) || /\b(rand|uuid|now)\s*\(/i.test(query);

function readWrites(dir: string): CorpusCase[] {
  return readFileSync(join(dir, 'cases.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CorpusCase)
    .filter(
      ({ query }) =>
        /^\s*(\/\*.*?\*\/\s*)*(insert|replace|update|delete)\b/i.test(query) ||
        /^\s*(\/\*.*?\*\/\s*)*with\b.*\b(update|delete)\b/is.test(query),
    );
}

/**
 * Runs each statement of a corpus that changes rows on a cluster and on one MariaDB, each in a transaction that is rolled
 * back, and compares the rows that it leaves in its tables. False when an accepted one is refused or differs.
 */
export async function runDml(dir: string, portBase: number, print: (line: string) => void): Promise<boolean> {
  const cases = readWrites(dir).filter((c) => vschemaOf(c.file) === 'schema');
  const json = readVSchema(dir, 'schema');
  completeColumns(
    json,
    dir,
    cases.filter((c) => whyNot(c) === undefined).map((c) => c.query),
  );
  addWrittenColumns(
    json,
    cases.map((c) => c.query),
  );
  const keyspaces = corpusKeyspaces(json).filter((k) => !k.name.includes('fk_allow'));
  const servers = await startCorpusServers(keyspaces, {
    portBase,
    shards: (k) => (k === 'user' ? 4 : 2),
    routingRules: json.routing_rules,
  });
  try {
    const gate = await servers.cluster.connect();
    const single = await servers.mariadb.connect({ database: allTables });
    const counts = new Map<string, number>();
    for (const c of cases) {
      const outcome = await compareCase(gate, single, c);
      const why = explained.find(
        (e) => e.query.test(c.query) && (e.details?.test(outcome.details) ?? true),
      )?.why;
      const isMeant = outcome.verdict === 'different' && why !== undefined;
      const verdict = isMeant ? 'explained' : outcome.verdict;
      const details = isMeant ? `${why} (${outcome.details})` : outcome.details;
      const key = `${c.accepted ? 'accepted' : 'refused'} by Vitess: ${verdict}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (verdict !== 'same')
        print(`${verdict} [${c.file}${c.accepted ? '' : ' -'}] ${c.query}\n      ${details}`);
    }
    for (const [key, count] of [...counts].sort()) print(`statements that change rows, ${key}: ${count}`);
    return ![...counts.keys()].some((k) => /^accepted.*: (refused|different)$/.test(k));
  } finally {
    await servers.stop();
  }
}

async function compareCase(
  gate: MysqlConnection,
  single: MysqlConnection,
  one: CorpusCase,
): Promise<Outcome> {
  const { file, query } = one;
  const why = whyNot(one);
  if (why !== undefined) return { verdict: 'not compared', details: why };
  const sql = withValues(query);
  const [target, database] = /user_as_default/.test(file) ? ['user', 'user'] : ['', allTables];
  await gate.query(`use \`${target}\``);
  await single.query(`use \`${database}\``);
  const open = async (c: MysqlConnection): Promise<Result | SqlError> => {
    await c.query('begin');
    return answerOf(c, sql);
  };
  const [found, expected] = [await open(gate), await open(single)];
  try {
    return await verdictOf(gate, single, sql, found, expected);
  } finally {
    await gate.query('rollback');
    await single.query('rollback');
  }
}

async function verdictOf(
  gate: MysqlConnection,
  single: MysqlConnection,
  sql: string,
  found: Result | SqlError,
  expected: Result | SqlError,
): Promise<Outcome> {
  const text = (a: Result | SqlError): string =>
    a instanceof SqlError ? `${a.errno} ${a.message}` : `${a.rowsAffected} rows`;
  const details = `${text(found)} / ${text(expected)}`;
  if (found instanceof SqlError && expected instanceof SqlError) {
    return { verdict: found.errno === expected.errno ? 'both refuse' : 'different', details };
  }
  if (found instanceof SqlError) return { verdict: 'refused', details };
  if (expected instanceof SqlError) return { verdict: 'different', details };
  if (found.rowsAffected !== expected.rowsAffected) return { verdict: 'different', details };
  if (isOpen(sql)) return { verdict: 'same', details };
  for (const table of tablesOf(parse(sql))) {
    const read = `select * from ${table}`;
    const [a, b] = [await answerOf(gate, read), await answerOf(single, read)];
    if (a instanceof SqlError || b instanceof SqlError) continue;
    const differences = compareResults({ ...a, fields: b.fields }, b, 'multiset');
    if (differences.length > 0)
      return { verdict: 'different', details: `${table}: ${differences.join('; ')}` };
  }
  return { verdict: 'same', details };
}

async function answerOf(connection: MysqlConnection, sql: string): Promise<Result | SqlError> {
  try {
    return await connection.query(sql);
  } catch (error) {
    if (error instanceof SqlError && connection.isAlive) return error;
    throw error;
  }
}

/** Columns that only statements for one table name, in SET, in a condition, or in the list of an INSERT. */
function addWrittenColumns(json: VSchemaJson, queries: readonly string[]): void {
  for (const query of queries) {
    const statement = parsed(query);
    if (statement === undefined) continue;
    const tables = new Map<string, TableName>();
    const columns: string[] = statement.kind === 'insert' ? [...statement.columns] : [];
    if (statement.kind === 'insert') tables.set(statement.table.name, statement.table);
    visit(statement, {
      enter: (node) => {
        if (node.kind === 'table') tables.set(node.name, node);
        if (node.kind === 'column' && node.table === undefined) columns.push(node.name);
      },
    });
    const [table] = tables.values();
    if (tables.size !== 1 || table === undefined) continue;
    for (const [name, keyspace] of Object.entries(json.keyspaces ?? {})) {
      const known = keyspace.tables?.[table.name];
      if (known === undefined || known.type === 'sequence' || (table.keyspace ?? name) !== name) continue;
      known.columns ??= [];
      for (const column of columns) {
        const isKnown = known.columns.some((c) => c.name.toLowerCase() === column.toLowerCase());
        if (!isKnown) known.columns.push({ name: column, type: 'VARCHAR' });
      }
    }
  }
}

function parsed(query: string): Statement | undefined {
  try {
    return parse(withValues(query));
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

/** The tables that a statement names, as it writes them. */
function tablesOf(statement: Statement): string[] {
  const names = new Set<string>();
  const add = ({ keyspace, name }: TableName): void => {
    names.add(keyspace === undefined ? quoteName(name) : `${quoteName(keyspace)}.${quoteName(name)}`);
  };
  if (statement.kind === 'insert') add(statement.table);
  visit(statement, {
    enter: (node) => {
      if (node.kind === 'table') add(node);
    },
  });
  return [...names];
}
