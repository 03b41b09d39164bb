import { SqlError } from '@vitess-ts/vterrors';
import type { Show } from '@vitess-ts/sqlparser';
import type { Result } from '@vitess-ts/sqltypes';
import { formatTarget } from '@vitess-ts/key';
import { tabletTypeName } from '@vitess-ts/proto';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { KeyspaceVSchema, Vindex } from '@vitess-ts/vindexes';
import type { Gateway } from '../executor/gateway';
import { likePattern } from '../executor/like-pattern';
import { textField, textResult } from '../executor/rows';
import type { SchemaSource } from '../executor/schema-source';
import type { Session } from '../session/session';

/** SHOW statements about the cluster itself; column names as in Vitess's reference. */
export class ShowVitess {
  constructor(
    private readonly gateway: Gateway,
    private readonly schema: SchemaSource,
  ) {}

  /** undefined when the statement is not about the cluster. */
  show(statement: Show, session: Session): Result | undefined {
    switch (statement.what) {
      case 'databases':
        return this.databases(statement, true);
      case 'keyspaces':
      case 'vitess_keyspaces':
        return this.databases(statement, false);
      case 'vitess_shards':
        return this.shards(statement);
      case 'vitess_tablets':
        return this.tablets(statement);
      case 'vitess_target':
        return textResult([textField('Target')], [[formatTarget(session.target)]]);
      case 'vschema tables':
        return this.vschemaTables(statement, session);
      case 'vschema vindexes':
        return this.vschemaVindexes(statement, session);
      case 'vschema keyspaces':
        return this.vschemaKeyspaces(statement);
      default:
        return undefined;
    }
  }

  private databases(statement: Show, withSystem: boolean): Result {
    const names = [...this.gateway.keyspaces()].sort();
    if (withSystem) names.push('information_schema', 'mysql', 'performance_schema', 'sys');
    return textResult(
      [textField('Database', 64)],
      filtered(
        statement,
        names.map((n) => [n]),
      ),
    );
  }

  private shards(statement: Show): Result {
    const rows = this.gateway
      .keyspaces()
      .flatMap((keyspace) =>
        this.gateway.shards(keyspace, TabletType.PRIMARY).map((s) => [`${keyspace}/${s.name}`]),
      );
    return textResult([textField('Shards', 64)], filtered(statement, rows));
  }

  private tablets(statement: Show): Result {
    const columns = [
      'Cell',
      'Keyspace',
      'Shard',
      'TabletType',
      'State',
      'Alias',
      'Hostname',
      'PrimaryTermStartTime',
    ];
    const rows = this.gateway
      .tablets()
      .map((t) => [
        t.tablet.alias?.cell ?? '',
        t.target.keyspace,
        t.target.shard,
        tabletTypeName(t.target.tabletType),
        t.serving ? 'SERVING' : 'NOT_SERVING',
        t.alias,
        t.tablet.hostname,
        t.primaryTermStart === 0
          ? ''
          : new Date(t.primaryTermStart * 1000).toISOString().replace('.000Z', 'Z'),
      ]);
    rows.sort((a, b) => (a[5] < b[5] ? -1 : a[5] > b[5] ? 1 : 0));
    // LIKE matches the keyspace here.
    return textResult(
      columns.map((c) => textField(c)),
      filtered(statement, rows, 1),
    );
  }

  private vschemaTables(statement: Show, session: Session): Result {
    const keyspace = this.keyspaceOf(session);
    const rows = [...keyspace.tables.values()].map((t) => [t.name]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return textResult([textField('Tables', 64)], filtered(statement, rows));
  }

  private vschemaVindexes(statement: Show, session: Session): Result {
    const keyspace = this.keyspaceOf(session, statement.table?.keyspace);
    if (statement.table !== undefined) {
      const table = keyspace.tables.get(statement.table.name);
      if (table === undefined) {
        throw new SqlError(1146, '42S02', `Table '${keyspace.name}.${statement.table.name}' doesn't exist`);
      }
      const columns = ['Columns', 'Name', 'Type', 'Params', 'Owner'].map((c) => textField(c));
      const rows = table.columnVindexes.map((v) => [
        v.columns.join(', '),
        ...this.vindexRow(keyspace.name, v.vindex),
      ]);
      return textResult(columns, rows);
    }
    const columns = ['Keyspace', 'Name', 'Type', 'Params', 'Owner'].map((c) => textField(c));
    const rows = [...keyspace.vindexes.values()].map((v) => [
      keyspace.name,
      ...this.vindexRow(keyspace.name, v),
    ]);
    return textResult(columns, filtered(statement, rows, 1));
  }

  private vschemaKeyspaces(statement: Show): Result {
    const { vschema } = this.schema.current();
    const columns = [
      textField('Keyspace', 64),
      textField('Sharded', 5),
      textField('Foreign Key', 10),
      textField('Comment', 64),
    ];
    const rows = [...vschema.keyspaces.values()].map((k) => [
      k.name,
      String(k.sharded),
      'unmanaged',
      k.error?.message ?? '',
    ]);
    return textResult(columns, filtered(statement, rows));
  }

  private vindexRow(keyspace: string, vindex: Vindex): string[] {
    const source = this.schema.current().vschema.source.keyspaces[keyspace]?.vindexes[vindex.name];
    return [vindex.name, vindex.type, paramsText(source?.params), source?.owner ?? ''];
  }

  private keyspaceOf(session: Session, named?: string): KeyspaceVSchema {
    const name = named ?? session.target.keyspace;
    if (name === '') throw new SqlError(1046, '3D000', 'No database selected');
    const keyspace = this.schema.current().vschema.keyspaces.get(name);
    if (keyspace === undefined) throw new SqlError(1049, '42000', `Unknown database '${name}'`);
    return keyspace;
  }
}

function paramsText(params: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(params ?? {})
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join('; ');
}

function filtered(statement: Show, rows: string[][], column = 0): string[][] {
  if (statement.where) {
    throw new SqlError(1235, '42000', `SHOW ${statement.what.toUpperCase()} takes LIKE, not WHERE`);
  }
  if (!statement.like) return rows;
  const matches = likePattern(statement.like.value);
  return rows.filter((row) => matches(row[column]));
}
