import { ExecuteOptions_Consolidator as Consolidator } from '@vitess-ts/proto/query';
import type { ExecuteOptions } from '@vitess-ts/queryservice';
import { statementDirectives, type LexOptions } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';

/** What a statement's comments of the form `/*vt+ NAME=value *\/` ask for. Names that mean nothing here are ignored. */
export interface Directives {
  /** QUERY_TIMEOUT_MS: in place of the session's and the gate's limit; 0 is no limit. */
  queryTimeoutMs?: number;
  /** SCATTER_ERRORS_AS_WARNINGS: rows of the shards that answer, a warning for each that does not. */
  scatterErrorsAsWarnings: boolean;
  /** ALLOW_SCATTER: in spite of `--no-scatter`. */
  allowScatter: boolean;
  /** SKIP_QUERY_PLAN_CACHE: the plan is not kept. */
  skipPlanCache: boolean;
  /** MULTI_SHARD_AUTOCOMMIT: a write to several shards commits on each by itself. */
  multiShardAutocommit: boolean;
  /** IGNORE_MAX_MEMORY_ROWS. */
  ignoreMaxMemoryRows: boolean;
  /** EXECUTE_DML_QUERIES: VEXPLAIN may run a write. */
  executeDml: boolean;
  /** PRIORITY, WORKLOAD_NAME, CONSOLIDATOR: what each tablet is told. */
  tablet: Pick<ExecuteOptions, 'priority' | 'WorkloadName' | 'consolidator'>;
}

export const noDirectives: Readonly<Directives> = Object.freeze({
  scatterErrorsAsWarnings: false,
  allowScatter: false,
  skipPlanCache: false,
  multiShardAutocommit: false,
  ignoreMaxMemoryRows: false,
  executeDml: false,
  tablet: Object.freeze({}),
});

const MAX_PRIORITY = 100;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const consolidators: Partial<Record<string, Consolidator>> = {
  DISABLED: Consolidator.CONSOLIDATOR_DISABLED,
  ENABLED: Consolidator.CONSOLIDATOR_ENABLED,
  ENABLED_REPLICAS: Consolidator.CONSOLIDATOR_ENABLED_REPLICAS,
};

/** Throws INVALID_ARGUMENT for a value that its directive cannot have, 1064 for a text that cannot be scanned. */
export function directivesOf(sql: string, options: LexOptions): Readonly<Directives> {
  const settings = statementDirectives(sql, options);
  if (settings.size === 0) return noDirectives;
  const isOn = (name: string): boolean =>
    !['0', 'false', undefined].includes(settings.get(name)?.toLowerCase());
  const timeout = settings.get('QUERY_TIMEOUT_MS');
  return {
    ...(timeout !== undefined && { queryTimeoutMs: integer('QUERY_TIMEOUT_MS', timeout, MAX_TIMEOUT_MS) }),
    scatterErrorsAsWarnings: isOn('SCATTER_ERRORS_AS_WARNINGS'),
    allowScatter: isOn('ALLOW_SCATTER'),
    skipPlanCache: isOn('SKIP_QUERY_PLAN_CACHE'),
    multiShardAutocommit: isOn('MULTI_SHARD_AUTOCOMMIT'),
    ignoreMaxMemoryRows: isOn('IGNORE_MAX_MEMORY_ROWS'),
    executeDml: isOn('EXECUTE_DML_QUERIES'),
    tablet: tabletOptions(settings),
  };
}

function tabletOptions(settings: ReadonlyMap<string, string>): Directives['tablet'] {
  const options: Directives['tablet'] = {};
  const priority = settings.get('PRIORITY');
  if (priority !== undefined) options.priority = String(integer('PRIORITY', priority, MAX_PRIORITY));
  const workload = settings.get('WORKLOAD_NAME');
  if (workload !== undefined) options.WorkloadName = workload;
  const consolidator = settings.get('CONSOLIDATOR');
  if (consolidator !== undefined) {
    options.consolidator = consolidators[consolidator.toUpperCase()] ?? wrong('CONSOLIDATOR', consolidator);
  }
  return options;
}

function integer(name: string, value: string, max: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > max) wrong(name, value, `a whole number from 0 to ${max}`);
  return number;
}

function wrong(name: string, value: string, range = 'disabled, enabled or enabled_replicas'): never {
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `the directive ${name} cannot be ${JSON.stringify(value)}: it must be ${range}`,
  );
}
