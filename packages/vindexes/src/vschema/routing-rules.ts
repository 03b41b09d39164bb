import type { RoutingRules } from '@vitess-ts/proto/vschema';
import { TabletType } from '@vitess-ts/proto/topodata';
import { tabletTypeLowerName } from '@vitess-ts/proto';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { QualifiedTable } from './model';
import { qualifiedTable } from './keyspace-builder';

/** Where queries for a table go instead: one table, or an error for a rule that cannot be used. */
export type RoutingRule = { to: QualifiedTable } | { error: VtError };

/** Rules by `from_table`, as written: `t`, `ks.t`, `t@replica`, `ks.t@replica`. */
export function buildRoutingRules(proto: RoutingRules | undefined): ReadonlyMap<string, RoutingRule> {
  const rules = new Map<string, RoutingRule>();
  for (const { fromTable, toTables } of proto?.rules ?? []) {
    rules.set(
      fromTable,
      rules.has(fromTable) ? { error: duplicate(fromTable) } : buildRule(fromTable, toTables),
    );
  }
  return rules;
}

function duplicate(from: string): VtError {
  return new VtError(Code.ALREADY_EXISTS, `duplicate rule for entry ${from}: keep one routing rule a table`);
}

function buildRule(from: string, to: readonly string[]): RoutingRule {
  if (to.length === 0) {
    return {
      error: new VtError(Code.FAILED_PRECONDITION, `table ${from} has been disabled by a routing rule`),
    };
  }
  if (to.length > 1) {
    const error = new VtError(
      Code.INVALID_ARGUMENT,
      `table ${from} has more than one target: ${to.join(', ')}`,
    );
    return { error };
  }
  if (!to[0].includes('.')) {
    const error = new VtError(
      Code.INVALID_ARGUMENT,
      `routing rule of ${from}: "${to[0]}" must be keyspace.table`,
    );
    return { error };
  }
  try {
    return { to: qualifiedTable(to[0], '') };
  } catch (err) {
    if (err instanceof VtError) return { error: err };
    throw err;
  }
}

/** The rule for a table as a query names it: one for the tablet type wins over one for all types. */
export function ruleFor(
  rules: ReadonlyMap<string, RoutingRule>,
  keyspace: string | undefined,
  table: string,
  tabletType: TabletType,
): RoutingRule | undefined {
  if (rules.size === 0) return undefined;
  const name = keyspace ? `${keyspace}.${table}` : table;
  return rules.get(`${name}@${tabletTypeLowerName(tabletType)}`) ?? rules.get(name);
}
