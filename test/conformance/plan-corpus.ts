import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalize, parse } from '@vitess-ts/sqlparser';
import { VSchema, createVindex, srvVSchemaFromJson } from '@vitess-ts/vindexes';
import { VtError } from '@vitess-ts/vterrors';
import { buildPlan, type PlanningContext } from '@vitess-ts/vtgate';
import { completeColumns, type VSchemaJson } from './corpus-columns';

interface Case {
  file: string;
  query: string;
  accepted: boolean;
}

/** vschema of the files that have one of their own. */
const ownVSchema: Record<string, string> = { oltp_cases: 'oltp', tpcc_cases: 'tpcc', tpch_cases: 'tpch' };

/**
 * The corpus names vindexes made for tests, and files that are not at hand. What counts here is whether a statement
 * plans, not where it goes: they stand as hash of the first column.
 */
function withKnownVindexes(json: unknown): VSchemaJson {
  const vschema = structuredClone(json) as VSchemaJson;
  for (const keyspace of Object.values(vschema.keyspaces ?? {})) {
    const replaced = new Set<string>();
    for (const [name, vindex] of Object.entries(keyspace.vindexes ?? {})) {
      if (isUsable(name, vindex)) continue;
      replaced.add(name);
      Object.assign(vindex, { type: 'hash', owner: '', params: {} });
    }
    for (const table of Object.values(keyspace.tables ?? {})) {
      for (const columnVindex of table.column_vindexes ?? []) {
        const { name, columns = [] } = columnVindex;
        if (replaced.has(name) && columns.length > 1) columnVindex.columns = columns.slice(0, 1);
      }
    }
  }
  return vschema;
}

function isUsable(
  name: string,
  { type, params = {} }: { type: string; params?: Record<string, string> },
): boolean {
  try {
    createVindex(type, name, params);
    return true;
  } catch (error) {
    if (error instanceof VtError) return false;
    throw error;
  }
}

/** Plans each SELECT of a corpus that a planner is known to accept, and counts by file and by why not. */
export function planCorpus(dir: string, print: (line: string) => void): void {
  const contexts = new Map<string, PlanningContext>();
  const contextOf = (file: string): PlanningContext => {
    const name = ownVSchema[file] ?? 'schema';
    let context = contexts.get(name);
    if (context === undefined) {
      const json: unknown = JSON.parse(readFileSync(join(dir, `vschema-${name}.json`), 'utf8'));
      const vschema = withKnownVindexes(json);
      const queries = cases.filter((c) => (ownVSchema[c.file] ?? 'schema') === name).map((c) => c.query);
      completeColumns(vschema, dir, queries);
      context = {
        vschema: VSchema.build(srvVSchemaFromJson(vschema)),
        target: name === 'schema' ? undefined : { keyspace: name === 'oltp' ? 'main' : 'main' },
        collation: 45,
        sqlMode: '',
        dialect: 'mysql',
      };
      contexts.set(name, context);
    }
    return context;
  };
  const cases = readFileSync(join(dir, 'cases.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Case)
    .filter((c) => c.accepted && /^\s*(\/\*.*?\*\/\s*)*[(\s]*(select|with)\b/i.test(c.query));
  const files = new Map<string, { planned: number; all: number }>();
  const reasons = new Map<string, { count: number; example: string }>();
  for (const { file, query } of cases) {
    const count = files.get(file) ?? { planned: 0, all: 0 };
    files.set(file, count);
    count.all++;
    try {
      const { text } = normalize(query);
      buildPlan(parse(text), text, contextOf(file));
      count.planned++;
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, 110);
      const known = reasons.get(reason) ?? { count: 0, example: query };
      known.count++;
      reasons.set(reason, known);
    }
  }
  for (const [file, { planned, all }] of [...files].sort()) print(`${file.padEnd(36)} ${planned} / ${all}`);
  const planned = [...files.values()].reduce((n, f) => n + f.planned, 0);
  print(`accepted SELECTs planned: ${planned} of ${cases.length}`);
  for (const [reason, { count, example }] of [...reasons].sort((a, b) => b[1].count - a[1].count)) {
    print(`  ${count} × ${reason}\n      e.g. ${example.slice(0, 160)}`);
  }
}
