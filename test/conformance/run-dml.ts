import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { parse, quoteName, visit, type Statement, type TableName } from '@vitess-ts/sqlparser';
import type { Result } from '@vitess-ts/sqltypes';
import { compareResults } from '@vitess-ts/testkit';
import { SqlError } from '@vitess-ts/vterrors';
import { vschemaOf, type CorpusCase } from './corpus-cases';
import { completeColumns, readVSchema } from './corpus-columns';
import { corpusKeyspaces } from './corpus-database';
import { allTables, startCorpusServers } from './corpus-servers';
import { withValues } from './with-values';

interface Outcome {
  verdict: 'same' | 'both refuse' | 'refused' | 'different' | 'not compared';
  details: string;
}

/** Why a statement is not compared with one MariaDB. */
const notCompared: readonly { query: RegExp; why: string }[] = [
  {
    query: /\b(u_tbl|fk_|tbl_auth|multicol_tbl|s_tbl|u_multicol|cascade|country)\w*/i,
    why: 'tables with foreign keys, which the corpus gives no DDL for',
  },
  { query: /\w\[[^\]]*\]|`\w+:[^`]*`/, why: 'shards named in the statement' },
  { query: /\bnext\s+(\d+\s+|:\w+\s+)?values?\b/i, why: 'NEXT VALUE of a sequence' },
  { query: /^\s*(\/\*.*?\*\/\s*)*with\b/i, why: 'MariaDB has no WITH before UPDATE and DELETE' },
  { query: /\bas\s+new\b|\)\s+as\s+\w+\s+on\s+duplicate/i, why: 'MariaDB has no row alias' },
];

const whyNot = (query: string): string | undefined => notCompared.find((n) => n.query.test(query))?.why;

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
    cases.filter((c) => whyNot(c.query) === undefined).map((c) => c.query),
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
      const { verdict, details } = await compareCase(gate, single, c);
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
  { file, query }: CorpusCase,
): Promise<Outcome> {
  const why = whyNot(query);
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
