import { TabletType } from '@vitess-ts/proto/topodata';
import type { Keyspace, SrvVSchema } from '@vitess-ts/proto/vschema';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { VindexRegistry } from '../create-vindex';
import { builtinVindexes } from '../create-vindex';
import type { Vindex } from '../vindex';
import { brokenKeyspace, buildKeyspace } from './keyspace-builder';
import type { KeyspaceVSchema, Table } from './model';
import { qualifyNames } from './qualify';
import { buildRoutingRules, ruleFor } from './routing-rules';
import type { RoutingRule } from './routing-rules';
import { crossKeyspaceProblem } from './references';

/** Keyspaces that an unqualified table name may mean: one, or several when it is ambiguous. */
type GlobalTables = ReadonlyMap<string, readonly Table[]>;

/** All that is known of how tables are sharded, built once and immutable: a change of the vschema makes a new one. */
export class VSchema {
  private constructor(
    readonly keyspaces: ReadonlyMap<string, KeyspaceVSchema>,
    private readonly rules: ReadonlyMap<string, RoutingRule>,
    private readonly globalTables: GlobalTables,
    /** What it was built of. */
    readonly source: SrvVSchema,
  ) {}

  /**
   * Never throws for what a vschema says: a keyspace that is wrong carries its error, which each use of the keyspace
   * throws, and leaves the others usable.
   */
  static build(given: SrvVSchema, registry: VindexRegistry = builtinVindexes): VSchema {
    const source = qualifyNames(given);
    const keyspaces = new Map<string, KeyspaceVSchema>();
    for (const name of Object.keys(source.keyspaces).sort()) {
      keyspaces.set(name, tryBuild(name, source.keyspaces[name], registry));
    }
    for (const [name, keyspace] of keyspaces) {
      const problem = keyspace.error ? undefined : crossKeyspaceProblem(keyspace, keyspaces);
      if (problem) keyspaces.set(name, brokenKeyspace(name, source.keyspaces[name], problem));
    }
    return new VSchema(
      keyspaces,
      buildRoutingRules(source.routingRules),
      collectGlobalTables(keyspaces),
      source,
    );
  }

  /** Throws NOT_FOUND (errno 1049) for a keyspace that is not there, and its error for one that is wrong. */
  keyspace(name: string): KeyspaceVSchema {
    const keyspace = this.keyspaces.get(name);
    if (!keyspace) {
      throw new VtError(Code.NOT_FOUND, `unknown database '${name}' in vschema`, {
        id: 'VT05003',
        errno: 1049,
        sqlstate: '42000',
      });
    }
    if (keyspace.error) throw keyspace.error;
    return keyspace;
  }

  /**
   * The table that a query means, after routing rules. Without a keyspace the name must be one keyspace's only, or
   * there must be but one keyspace. An unsharded keyspace has any table that is asked for (`isImplicit`).
   * Throws NOT_FOUND (errno 1146, 1049), FAILED_PRECONDITION for an ambiguous name or a disabled table, and the
   * keyspace's own error.
   */
  findTable(keyspace: string | undefined, name: string, tabletType: TabletType = TabletType.PRIMARY): Table {
    const rule = ruleFor(this.rules, keyspace, name, tabletType);
    if (rule && 'error' in rule) throw rule.error;
    if (rule) return this.tableIn(this.keyspace(rule.to.keyspace), rule.to.name);
    return keyspace ? this.tableIn(this.keyspace(keyspace), name) : this.findUnqualified(name);
  }

  /** A vindex by name; without a keyspace it must be the only one of that name. Undefined when there is none. */
  findVindex(keyspace: string | undefined, name: string): Vindex | undefined {
    if (keyspace) return this.keyspace(keyspace).vindexes.get(name);
    const found = [...this.keyspaces.values()].filter((k) => k.vindexes.has(name));
    if (found.length > 1) {
      const places = found.map((k) => k.name).join(', ');
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `ambiguous vindex reference: ${name} is in the keyspaces ${places}: qualify it`,
      );
    }
    return found[0]?.vindexes.get(name);
  }

  private findUnqualified(name: string): Table {
    if (this.keyspaces.size === 1) {
      const [only] = this.keyspaces.keys();
      return this.tableIn(this.keyspace(only), name);
    }
    const candidates = this.globalTables.get(name) ?? [];
    if (candidates.length === 1) return candidates[0];
    if (candidates.length > 1) {
      const places = candidates.map((t) => t.keyspace.name).join(', ');
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `ambiguous table reference: ${name} is in the keyspaces ${places}: qualify it, or select a keyspace`,
      );
    }
    throw noTable(name);
  }

  private tableIn(keyspace: KeyspaceVSchema, name: string): Table {
    const table = keyspace.tables.get(name);
    if (table) return table;
    if (keyspace.sharded) throw noTable(name, keyspace.name);
    return {
      keyspace,
      name,
      type: '',
      columnVindexes: [],
      columns: [],
      columnListAuthoritative: false,
      isImplicit: true,
    };
  }
}

function noTable(name: string, keyspace?: string): VtError {
  const table = { errno: 1146, sqlstate: '42S02' };
  return keyspace
    ? new VtError(Code.NOT_FOUND, `table '${name}' does not exist in keyspace '${keyspace}'`, {
        id: 'VT05005',
        ...table,
      })
    : new VtError(Code.NOT_FOUND, `table '${name}' does not exist`, { id: 'VT05004', ...table });
}

function tryBuild(name: string, proto: Keyspace, registry: VindexRegistry): KeyspaceVSchema {
  try {
    return buildKeyspace(name, proto, registry);
  } catch (err) {
    if (!(err instanceof VtError)) throw err;
    return brokenKeyspace(name, proto, err);
  }
}

/** A reference table and its source count as one: the name means the source, which takes writes. */
function collectGlobalTables(keyspaces: ReadonlyMap<string, KeyspaceVSchema>): GlobalTables {
  const all = new Map<string, Table[]>();
  for (const keyspace of keyspaces.values()) {
    if (keyspace.requireExplicitRouting) continue;
    for (const table of keyspace.tables.values()) {
      const same = all.get(table.name);
      if (same) same.push(table);
      else all.set(table.name, [table]);
    }
  }
  for (const [name, tables] of all) all.set(name, withoutCopies(tables));
  return all;
}

function withoutCopies(tables: readonly Table[]): Table[] {
  return tables.filter(
    ({ source }) => !tables.some((t) => source?.keyspace === t.keyspace.name && source.name === t.name),
  );
}
