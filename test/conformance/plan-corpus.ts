import type { Destination } from '@vitess-ts/key';
import { normalize, parse } from '@vitess-ts/sqlparser';
import { VSchema, createVindex, isLookup, srvVSchemaFromJson } from '@vitess-ts/vindexes';
import { VtError } from '@vitess-ts/vterrors';
import { buildPlan, type Plan, type PlanningContext } from '@vitess-ts/vtgate';
import { routeReason } from './corpus-explained';
import { readSelects, vschemaOf } from './corpus-cases';
import { completeColumns, readVSchema, type KeyspaceJson, type VSchemaJson } from './corpus-columns';

type PrimitiveDescription = ReturnType<Plan['primitive']['describe']>;

/** The corpus names vindexes that only tests have: they stand as one of their kind. */
function withKnownVindexes(vschema: VSchemaJson): VSchemaJson {
  for (const keyspace of Object.values(vschema.keyspaces ?? {})) {
    const replaced = new Set<string>();
    for (const [name, vindex] of Object.entries(keyspace.vindexes ?? {})) {
      const { table = 'main.unsharded', from = 'from_id', to = 'keyspace_id' } = vindex.params ?? {};
      if (vindex.type.includes('lookup')) vindex.params = { ...vindex.params, table, from, to };
      // A vindex that computes its ids has nothing to own.
      else vindex.owner = '';
      if (vindex.type === 'lookup_cost') vindex.type = 'lookup';
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

type VindexJson = NonNullable<KeyspaceJson['vindexes']>[string];

function isUsable(name: string, { type, params = {} }: VindexJson): boolean {
  try {
    createVindex(type, name, params);
    return true;
  } catch (error) {
    if (error instanceof VtError) return false;
    throw error;
  }
}

/**
 * The vschema without what only the tables of this corpus have beside it. Text that a vindex looks up is bytes there:
 * collations decide whether it may route, and the corpus knows none.
 */
function plain(vschema: VSchemaJson): unknown {
  const own = new Set(['sqlType', 'notNull', 'key']);
  for (const { tables } of Object.values(vschema.keyspaces ?? {})) {
    for (const { columns = [], column_vindexes: vindexes = [] } of Object.values(tables ?? {})) {
      const names = vindexes.flatMap((v) => v.columns ?? v.column ?? []).map((n) => n.toLowerCase());
      for (const c of columns)
        if (c.type === 'VARCHAR' && names.includes(c.name.toLowerCase())) c.type = 'VARBINARY';
    }
  }
  return JSON.parse(JSON.stringify(vschema, (name, value: unknown) => (own.has(name) ? undefined : value)));
}

/** Gives each lookup vindex over one column a table of its own, with a column of the type of those that it looks up. */
function withLookupTables(vschema: VSchemaJson): VSchemaJson {
  const tables = (((vschema.keyspaces ??= {}).main ??= {}).tables ??= {});
  for (const { vindexes = {}, tables: users } of Object.values(vschema.keyspaces)) {
    for (const [name, { type, params = {} }] of Object.entries(vindexes)) {
      if (!type.includes('lookup') || (params.from ?? '').includes(',')) continue;
      const user = Object.values(users ?? {}).find((t) => t.column_vindexes?.some((v) => v.name === name));
      const used = user?.column_vindexes?.find((v) => v.name === name);
      const column = (used?.column ?? used?.columns?.[0])?.toLowerCase();
      const found = user?.columns?.find((c) => c.name.toLowerCase() === column)?.type;
      Object.assign(params, { table: `main.lookup_${name}`, from: 'from_id', to: 'keyspace_id' });
      const from = { name: 'from_id', type: found === 'VARCHAR' ? 'VARBINARY' : (found ?? 'INT64') };
      tables[`lookup_${name}`] = { columns: [from], column_list_authoritative: true };
    }
  }
  return vschema;
}

/** How few shards a plan of each type asks; types that say nothing about it have none. */
const reach: Partial<Record<string, number>> = {
  Passthrough: 0,
  Local: 0,
  Lookup: 1,
  MultiShard: 2,
  Scatter: 3,
  Join: 4,
};

const reachOfRoute: Partial<Record<string, number>> = {
  Unsharded: 0, Reference: 0, Next: 0, ByDestination: 0, EqualUnique: 0, None: 0,
  Equal: 1, IN: 2, MultiEqual: 2, SubShard: 2, Scatter: 3,
}; // prettier-ignore

/** What a plan asks: as its route, if it is one, whatever the gate does with the rows; else as a join. */
function reachOf(primitive: PrimitiveDescription): { reach: number; name: string } {
  const routes: PrimitiveDescription[] = [];
  let scratch = false;
  const visit = (node: PrimitiveDescription): void => {
    scratch ||= node.operatorType === 'Scratch';
    if (node.operatorType === 'Route') routes.push(node);
    node.inputs?.forEach(visit);
  };
  visit(primitive);
  if (scratch && routes.length > 0) return { reach: 5, name: 'Scratch' };
  if (routes.length === 0) return { reach: 0, name: 'Scratch without tables' };
  if (routes.length > 1) return { reach: 4, name: `${routes.length} routes` };
  const variant = routes[0].variant ?? '';
  return { reach: reachOfRoute[variant] ?? 3, name: variant };
}

const lookupsOf = (vschema: VSchema): ReadonlySet<string> =>
  new Set(
    [...vschema.keyspaces.values()].flatMap((k) =>
      [...k.vindexes.values()].filter(isLookup).map((v) => v.name),
    ),
  );

/** The shards that a file's statements are sent to as they are. */
const destinations: Record<string, Destination | undefined> = {
  bypass_shard_cases: { kind: 'shard', shard: '0' },
  bypass_keyrange_cases: { kind: 'keyRange', range: { start: Buffer.alloc(0), end: Buffer.alloc(0) } },
};

/** A statement that goes to its destination as it is; or one whose routes say how few shards they ask. */
function reachedBy(plan: Plan, lookups: ReadonlySet<string>): { reach: number; name: string } {
  const described = plan.primitive.describe();
  if (described.operatorType === 'Send') return { reach: 0, name: 'Send' };
  const ours = reachOf(described);
  const vindex = described.operatorType === 'Route' ? described.other?.Vindex : undefined;
  // Whatever number of values a lookup is asked for.
  return ours.reach === 2 && typeof vindex === 'string' && lookups.has(vindex) ? { ...ours, reach: 1 } : ours;
}

/**
 * Plans each SELECT of a corpus that a planner is known to accept, and counts by file and by why not. Returns how many
 * plans ask more shards than the corpus says without a known reason.
 */
export function planCorpus(dir: string, print: (line: string) => void): number {
  const contexts = new Map<string, PlanningContext>();
  const contextOf = (file: string): PlanningContext => {
    const name = vschemaOf(file);
    let context = contexts.get(name);
    if (context === undefined) {
      const vschema = withKnownVindexes(readVSchema(dir, name));
      const queries = cases.filter((c) => vschemaOf(c.file) === name).map((c) => c.query);
      completeColumns(vschema, dir, queries);
      withLookupTables(vschema);
      context = {
        vschema: VSchema.build(srvVSchemaFromJson(plain(vschema))),
        target: name === 'schema' ? undefined : { keyspace: name === 'oltp' ? 'main' : 'main' },
        collation: 45,
        sqlMode: '',
        dialect: 'mysql',
      };
      contexts.set(name, context);
    }
    return context;
  };
  const cases = readSelects(dir).filter((c) => c.accepted);
  const kinds = new Map<string, number>();
  const differences: string[] = [];
  let unexplained = 0;
  const files = new Map<string, { planned: number; all: number }>();
  const reasons = new Map<string, { count: number; example: string }>();
  for (const { file, query, type } of cases) {
    const count = files.get(file) ?? { planned: 0, all: 0 };
    files.set(file, count);
    count.all++;
    try {
      const { text } = normalize(query);
      const context = contextOf(file);
      const destination = destinations[file];
      const plan = buildPlan(parse(text), text, {
        ...context,
        ...(destination ? { target: { keyspace: 'main', destination } } : {}),
      });
      count.planned++;
      const expected = reach[type ?? ''];
      if (type === undefined || expected === undefined) continue;
      const ours = reachedBy(plan, lookupsOf(context.vschema));
      const verdict = ours.reach === expected ? 'same' : ours.reach < expected ? 'better' : 'worse';
      kinds.set(verdict, (kinds.get(verdict) ?? 0) + 1);
      if (verdict !== 'worse') continue;
      const reason = routeReason(query);
      if (reason === undefined) unexplained++;
      differences.push(`${ours.name} instead of ${type}: ${reason ?? 'not explained'} [${file}] ${query}`);
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
  for (const [verdict, count] of kinds) print(`route kinds, compared with Vitess's: ${verdict}: ${count}`);
  for (const difference of differences) print(`  ${difference}`);
  return unexplained;
}
