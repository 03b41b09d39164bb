import { allShards } from '@vitess-ts/key';
import { quoteName, type Ddl, type TableName, type TableRef } from '@vitess-ts/sqlparser';
import type { KeyspaceVSchema } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import { Send } from '../engine/send';
import { unsupported } from '../engine/unsupported';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { findTable } from './semantics/known-table';
import { walk } from './syntax-tree';

/** DDL goes to every shard of the keyspace as it was written, without the keyspace's name. */
export function planDdl(ddl: Ddl, context: PlanContext): Plan {
  const keyspace = keyspaceOf(ddl, context);
  const { target } = context.planning;
  const primitive = new Send({
    keyspace: { name: keyspace.name, sharded: keyspace.sharded },
    destination: (target?.keyspace === keyspace.name ? target.destination : undefined) ?? allShards,
    query: textWithoutKeyspaces(ddl),
    isDml: false,
    operator: 'DDL',
  });
  return {
    type: 'DirectDDL',
    primitive,
    tablesUsed: [...ddl.names, ...ddl.renames].map((n) => `${keyspace.name}.${n.name}`),
    isDml: false,
  };
}

function keyspaceOf(ddl: Ddl, context: PlanContext): KeyspaceVSchema {
  if (ddl.object === 'database') {
    throw unsupported(
      'CREATE, ALTER and DROP DATABASE',
      'create a keyspace with vtctl CreateKeyspace and add shards',
    );
  }
  const names = [...ddl.names, ...ddl.renames];
  if (names.length === 0 && context.keyspace !== undefined) return context.vschema.keyspace(context.keyspace);
  const keyspaces = new Set(ddl.names.map((name) => keyspaceOfName(name, ddl, context)));
  const [keyspace] = keyspaces;
  for (const name of ddl.renames)
    keyspaces.add(name.keyspace === undefined ? keyspace : context.vschema.keyspace(name.keyspace));
  if (keyspace === undefined) throw new SqlError(1046, '3D000', 'No database selected');
  if (keyspaces.size > 1)
    throw unsupported('DDL over several keyspaces', 'write one statement for each keyspace');
  return keyspace;
}

/** A table that exists already may be the only one of its name. */
function keyspaceOfName(name: TableName, ddl: Ddl, context: PlanContext): KeyspaceVSchema {
  const keyspace = name.keyspace ?? context.keyspace;
  if (keyspace !== undefined) return context.vschema.keyspace(keyspace);
  if (ddl.action === 'create') throw new SqlError(1046, '3D000', 'No database selected');
  return findTable(context.vschema, undefined, name.name, context.tabletType).keyspace;
}

/** Cuts keyspaces out of the text by the places of the names in it. */
function textWithoutKeyspaces(ddl: Ddl): string {
  const tables: TableName[] = [...ddl.names, ...ddl.renames];
  if (ddl.like !== undefined) tables.push(ddl.like);
  if (ddl.query !== undefined) {
    walk(ddl.query, (node) => {
      if (node.kind === 'table') tables.push(node as TableRef);
    });
  }
  const qualified = tables.filter((t) => t.keyspace !== undefined);
  if (qualified.length === 0) return ddl.text;
  const cuts = qualified.map((table) => cutOf(table, ddl)).sort((a, b) => b.from - a.from);
  return cuts.reduce((text, { from, to }) => text.slice(0, from) + text.slice(to), ddl.text);
}

/** The place of `keyspace.` in front of a table's name. */
function cutOf(table: TableName, ddl: Ddl): { from: number; to: number } {
  const from = (table.start ?? -1) - (ddl.start ?? 0);
  const written =
    from < 0 ? null : /^(?:`(?:[^`]|``)+`|[\w$\u0080-\uffff]+)\s*\.\s*/.exec(ddl.text.slice(from));
  if (written === null) {
    throw unsupported(
      `the name ${quoteName(table.keyspace ?? '')}.${quoteName(table.name)} in this DDL statement`,
      'select the keyspace with USE and leave it out of the names',
    );
  }
  return { from, to: from + written[0].length };
}
