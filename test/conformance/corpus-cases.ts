import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One statement of a planner corpus. */
export interface CorpusCase {
  file: string;
  query: string;
  /** Whether the planner that the corpus was written for plans it. */
  accepted: boolean;
  /** The plan type there. */
  type?: string;
}

const isSelect = (query: string): boolean =>
  /^\s*(\/\*.*?\*\/\s*)*[(\s]*(select|with|values|table)\b/i.test(query);

/** The SELECTs of `cases.jsonl`. */
export function readSelects(dir: string): CorpusCase[] {
  return readFileSync(join(dir, 'cases.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CorpusCase)
    .filter((c) => isSelect(c.query));
}

/** vschema of the files that have one of their own. */
const ownVSchema: Record<string, string> = { oltp_cases: 'oltp', tpcc_cases: 'tpcc', tpch_cases: 'tpch' };

/** Name of the vschema that the statements of a file are written for. */
export const vschemaOf = (file: string): string => ownVSchema[file] ?? 'schema';
