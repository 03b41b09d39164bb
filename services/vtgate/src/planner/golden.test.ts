import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalize, parse } from '@vitess-ts/sqlparser';
import { VSchema, srvVSchemaFromJson } from '@vitess-ts/vindexes';
import { SqlError, VtError } from '@vitess-ts/vterrors';
import { buildPlan } from './build-plan';
import type { PlanningContext } from './plan';
import { describePlan } from './vexplain';

/**
 * One file a topic: statements and their plans, or the error that they get. `UPDATE_GOLDEN=1` writes the plans anew;
 * the difference is reviewed.
 */
interface GoldenCase {
  comment?: string;
  query: string;
  /** Keyspace, or keyspace:shard. */
  target?: string;
  plan?: unknown;
  error?: string;
}

const folder = join(__dirname, 'testdata');
const vschema = VSchema.build(srvVSchemaFromJson(readFileSync(join(folder, 'vschema.json'), 'utf8')));
const files = readdirSync(folder).filter((f) => f.endsWith('.json') && f !== 'vschema.json');

function planOf({ query, target = 'shop' }: GoldenCase): Pick<GoldenCase, 'plan' | 'error'> {
  const [keyspace, shard] = target.split(':');
  const destination = shard === undefined ? {} : { destination: { kind: 'shard', shard } as const };
  const context: PlanningContext = {
    vschema,
    target: keyspace === '' ? undefined : { keyspace, ...destination },
    collation: 45,
    sqlMode: '',
    dialect: 'mariadb',
  };
  try {
    const { text } = normalize(query);
    const statement = parse(text);
    const described = JSON.parse(
      describePlan(buildPlan(statement, text, context), statement, query),
    ) as Record<string, unknown>;
    delete described.Original;
    delete described.QueryType;
    return { plan: described };
  } catch (error) {
    if (error instanceof SqlError) return { error: `${error.errno} (${error.sqlstate}): ${error.message}` };
    if (error instanceof VtError) return { error: error.message };
    throw error;
  }
}

describe.each(files)('%s', (file) => {
  const path = join(folder, file);
  let cases = JSON.parse(readFileSync(path, 'utf8')) as GoldenCase[];
  if (process.env.UPDATE_GOLDEN === '1') {
    cases = cases.map(({ comment, query, target }) => ({
      comment,
      query,
      target,
      ...planOf({ query, target }),
    }));
    writeFileSync(path, `${JSON.stringify(cases, undefined, 2)}\n`);
  }
  test.each(cases.map((c) => [c.comment ?? c.query, c] as const))('%s', (_name, one) => {
    const { plan, error } = planOf(one);
    expect({ plan, error }).toEqual({ plan: one.plan, error: one.error });
  });
});
