import type { Comparison, Expr, Insert, Join, Select, Statement } from '@vitess-ts/sqlparser';
import type { PlanningContext } from './plan';
import { PlanContext } from './plan-context';
import { Binder, type BoundJoin } from './semantics/binder';
import { isBound, type BoundColumn, type TableInfo } from './semantics/bound';
import { isQuery, walk, type Part } from './syntax-tree';
import { queryType } from './vexplain';

/** Which columns a statement uses for what: the material to choose vindexes from. */
export interface ColumnUsage {
  statementType: string;
  tableName: string[];
  groupingColumns?: string[];
  /** `a.x = b.y`. */
  joinPredicates?: string[];
  /** `a.x =`. */
  filterColumns?: string[];
  selectColumns?: string[];
}

/** Throws what binding says of unknown tables and columns. */
export function columnUsage(statement: Statement, planning: PlanningContext): ColumnUsage {
  const context = new PlanContext(planning, false, () => {
    throw new TypeError('nothing is planned here');
  });
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  const collected = new UsedColumns(binder.tables);
  collected.read(bound(statement, binder));
  const list = (set: Set<string>): string[] | undefined => (set.size === 0 ? undefined : [...set].sort());
  return {
    statementType: queryType(statement),
    tableName: binder.tablesUsed(),
    groupingColumns: list(collected.grouping),
    joinPredicates: list(collected.joins),
    filterColumns: list(collected.filters),
    selectColumns: list(collected.selected),
  };
}

/** The parts of the statement in which columns stand, bound. */
function bound(statement: Statement, binder: Binder): Part {
  if (isQuery(statement)) return binder.bindQuery(statement);
  switch (statement.kind) {
    case 'update':
    case 'delete': {
      const { scope, from, ctes } = binder.bindTables(statement);
      const where = statement.where && binder.bindPart(statement.where, scope, 'where clause', ctes);
      return [from, where];
    }
    case 'insert':
      return sourceOf(statement, binder);
    default:
      return [];
  }
}

function sourceOf({ source }: Insert, binder: Binder): Part {
  return source.kind === 'rows' ? [] : binder.bindQuery(source);
}

class UsedColumns {
  readonly grouping = new Set<string>();
  readonly joins = new Set<string>();
  readonly filters = new Set<string>();
  readonly selected = new Set<string>();

  constructor(private readonly tables: readonly TableInfo[]) {}

  read(part: Part): void {
    walk(part, (node) => {
      switch (node.kind) {
        case 'select':
          this.select(node as Select);
          break;
        case 'join':
          for (const condition of (node as BoundJoin).implied ?? []) this.read(condition);
          this.read((node as Join).on ?? []);
          break;
        case 'comparison':
          this.comparison(node as Comparison);
          break;
        case 'in':
        case 'between':
        case 'like':
        case 'regexp':
        case 'is': {
          const { operand, not } = node as unknown as { operand: Expr; not?: boolean };
          if (isBound(operand)) this.filter(operand, `${not ? 'not ' : ''}${node.kind}`);
          break;
        }
        default:
      }
      return true;
    });
  }

  private select({ items, groupBy }: Select): void {
    this.columns(items, this.selected);
    if (groupBy) this.columns(groupBy.items, this.grouping);
  }

  /** Columns of this query block alone. */
  private columns(part: Part, into: Set<string>): void {
    walk(part, (node) => {
      if (isBound(node)) this.note(node, into);
      return !isQuery(node as Statement);
    });
  }

  private comparison({ left, right, op }: Comparison): void {
    if (isBound(left) && isBound(right)) {
      const [a, b] = [this.nameOf(left), this.nameOf(right)];
      if (a !== undefined && b !== undefined && left.tables !== right.tables)
        this.joins.add(`${a} ${op} ${b}`);
    } else if (isBound(left)) this.filter(left, op);
    else if (isBound(right)) this.filter(right, flipped[op] ?? op);
  }

  private filter(column: BoundColumn, op: string): void {
    const name = this.nameOf(column);
    if (name !== undefined) this.filters.add(`${name} ${op}`);
  }

  private note(column: BoundColumn, into: Set<string>): void {
    const name = this.nameOf(column);
    if (name !== undefined) into.add(name);
  }

  /** Undefined for columns of derived tables, and where the table is not certain. */
  private nameOf({ tables, name }: BoundColumn): string | undefined {
    const table = this.tables.find(({ bit }) => bit === tables)?.table;
    return table && `${table.name}.${name}`;
  }
}

const flipped: Partial<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
