import {
  print,
  printExpr,
  type Delete,
  type DerivedTable,
  type IndexHint,
  type Insert,
  type PrintOptions,
  type Query,
  type Select,
  type SelectItem,
  type Statement,
  type TableName,
  type TableRef,
} from '@vitess-ts/sqlparser';
import { intLiteral, rewrite, type Kinded, type Part } from './syntax-tree';

/** Schemas that every server has; names in them stay qualified. */
const systemSchemas = new Set(['information_schema', 'mysql', 'performance_schema', 'sys']);
export const isSystemSchema = (keyspace: string | undefined): boolean =>
  keyspace !== undefined && systemSchemas.has(keyspace.toLowerCase());

/**
 * A part without keyspace names: a tablet's connection is in the keyspace's own database, which has another name.
 */
export function withoutKeyspaces<T extends Part>(part: T): T {
  return rewrite(part, bareNode);
}

function bareNode(node: Kinded): Part | undefined {
  const { keyspace, hints } = node as Partial<TableRef>;
  if (node.kind === 'table' && hints?.some(isVindexHint)) {
    // no server knows vindexes
    const plain = { ...node, hints: hints.filter((hint) => !isVindexHint(hint)) };
    return bareNode(plain) ?? plain;
  }
  if (node.kind === 'table' || node.kind === 'column' || node.kind === 'star') {
    return keyspace === undefined || isSystemSchema(keyspace) ? undefined : { ...node, keyspace: undefined };
  }
  const { locks } = node as Partial<Select>;
  if (locks?.some((lock) => lock.of.some(isQualified))) {
    return rewrite({ ...node, locks: locks.map((lock) => ({ ...lock, of: lock.of.map(bare) })) }, bareNode);
  }
  if (node.kind === 'insert' && isQualified((node as Insert).table)) {
    return rewrite({ ...node, table: bare((node as Insert).table) }, bareNode);
  }
  if (node.kind === 'delete' && (node as Delete).targets.some(isQualified)) {
    return rewrite({ ...node, targets: (node as Delete).targets.map(bare) }, bareNode);
  }
  return undefined;
}

const isVindexHint = (hint: IndexHint): boolean => hint.type === 'vindex';

const isQualified = (name: TableName): boolean =>
  name.keyspace !== undefined && !isSystemSchema(name.keyspace);
const bare = (name: TableName): TableName => (isQualified(name) ? { ...name, keyspace: undefined } : name);

/**
 * The text of a statement for a tablet. Select items keep MySQL's name for them, which is their text as the client
 * wrote it, also where printing spells it otherwise.
 */
export function sqlText(statement: Statement, options: PrintOptions = {}): string {
  const named = withColumnNames(withoutKeyspaces(statement));
  return print(options.dialect === 'mariadb' ? withoutColumnLists(named) : named, options);
}

/** MariaDB takes a list of column names behind a common table, not behind a derived one. */
function withoutColumnLists<T extends Part>(part: T): T {
  return rewrite(part, (node) => {
    if (node.kind !== 'derived' || (node as DerivedTable).columns.length === 0) return undefined;
    const { query, columns, alias: name, ...derived } = node as DerivedTable;
    const all: Select = {
      kind: 'select', comments: [], distinct: false, options: [], items: [{ kind: 'star' }], windows: [], orderBy: [],
      locks: [], from: [{ kind: 'table', name, partitions: [], hints: [] }],
      with: { recursive: false, ctes: [{ name, columns, query: withoutColumnLists(query) }] },
    }; // prettier-ignore
    return { ...derived, alias: name, columns: [], query: all } satisfies DerivedTable;
  });
}

function withColumnNames<T extends Part>(part: T): T {
  const replace = (node: Kinded): Part | undefined => {
    if (node.kind !== 'select') return undefined;
    const select = node as Select;
    const items = select.items.map(named);
    return rewriteInside({
      ...select,
      items: items.some((item, i) => item !== select.items[i]) ? items : select.items,
    });
  };
  const rewriteInside = <P extends Part>(root: P): P =>
    rewrite(root, (node) => (node === (root as Part) ? undefined : replace(node)));
  return rewrite(part, replace);
}

function named(item: SelectItem): SelectItem {
  if (item.kind !== 'selectExpr' || item.alias !== undefined || item.expr.kind === 'column') return item;
  if (item.text === '' || printExpr(item.expr) === item.text) return item;
  return { ...item, alias: item.text };
}

/** A query with the same header and no rows. */
export function fieldQuery(query: Query): Query {
  switch (query.kind) {
    case 'select': {
      const from = rewrite(query.from, (node) =>
        node.kind === 'derived'
          ? { ...node, query: fieldQuery((node as unknown as { query: Query }).query) }
          : undefined,
      );
      return {
        ...query,
        from,
        where: { kind: 'comparison', op: '<>', left: intLiteral(1), right: intLiteral(1) },
        having: undefined,
        orderBy: [],
        limit: undefined,
        locks: [],
        into: undefined,
      };
    }
    case 'setOperation':
      return {
        ...query,
        left: fieldQuery(query.left),
        right: fieldQuery(query.right),
        orderBy: [],
        limit: undefined,
      };
    case 'nested':
      return { ...fieldQuery(query.query), with: query.with };
    default:
      return query;
  }
}
