import { unreachable } from '@vitess-ts/base';
import type {
  IndexHint,
  Into,
  Join,
  JsonTableColumn,
  LockClause,
  Query,
  QueryTail,
  Select,
  SelectExpr,
  SelectItem,
  SetOperation,
  SystemTime,
  TableExpr,
  TableRef,
  TimePoint,
  With,
} from '../ast';
import { Precedence } from '../precedence';
import { CallPrinter } from './call-printer';
import { quoteName } from './quote';

const MAX_ALIAS_LENGTH = 255;

/** Queries and table references. */
export abstract class QueryPrinter extends CallPrinter {
  /** 0 while the outermost select list, whose names the client sees, is printed. */
  private nesting = 0;

  query(query: Query): void {
    if (query.with) this.with(query.with);
    switch (query.kind) {
      case 'select':
        this.select(query);
        break;
      case 'setOperation':
        this.setOperation(query);
        break;
      case 'values':
        this.write('values ');
        this.list(query.rows, (row) => {
          if (this.options.dialect !== 'mariadb') this.write('row');
          this.inParentheses(() => this.exprs(row));
        });
        break;
      case 'tableQuery':
        this.write('table ');
        this.tableName(query.table);
        break;
      case 'nested':
        this.inParentheses(() => this.query(query.query));
        break;
      default:
        unreachable(query);
    }
    this.orderBy(query.orderBy);
    this.limit(query.limit);
    if (query.kind === 'select' && query.procedure) {
      this.write(` procedure ${quoteName(query.procedure.name)}`);
      this.inParentheses(() => this.exprs(query.procedure?.args ?? []));
    }
    for (const lock of query.locks) this.lock(lock);
    if (query.into && query.kind !== 'select') this.into(query.into);
  }

  protected nested(content: () => void): void {
    this.nesting++;
    content();
    this.nesting--;
  }

  protected override inParentheses(content: () => void): void {
    this.nested(() => super.inParentheses(content));
  }

  protected with(clause: With): void {
    this.write(clause.recursive ? 'with recursive ' : 'with ');
    this.list(clause.ctes, (cte) => {
      this.name(cte.name);
      if (cte.columns.length > 0) this.names(cte.columns);
      this.write(' as ');
      this.inParentheses(() => this.query(cte.query));
      if (cte.cycle) this.write(` cycle ${cte.cycle.map((name) => quoteName(name)).join(', ')} restrict`);
    });
    this.write(' ');
  }

  private setOperation(query: SetOperation): void {
    this.arm(query.left, needsParentheses(query, query.left, false));
    this.write(` ${query.op}${query.all ? ' all' : ''} `);
    this.arm(query.right, needsParentheses(query, query.right, true));
  }

  private arm(query: Query, parentheses: boolean): void {
    if (parentheses) {
      this.write('(');
      this.query(query);
      this.write(')');
    } else this.query(query);
  }

  private select(select: Select): void {
    this.write('select');
    this.comments(select.comments);
    if (select.distinct) this.write(' distinct');
    for (const option of select.options) this.write(` ${option}`);
    this.write(' ');
    this.selectItems(select.items);
    if (select.into) this.into(select.into);
    if (select.from.length > 0) {
      this.write(' from ');
      this.nested(() => this.list(select.from, (table) => this.table(table)));
    } else if (select.where) this.write(' from dual');
    this.nested(() => this.selectClauses(select));
  }

  private selectClauses(select: Select): void {
    if (select.where) {
      this.write(' where ');
      this.expr(select.where);
    }
    if (select.groupBy) {
      this.write(' group by ');
      this.orderItems(select.groupBy.items);
      if (select.groupBy.rollup) this.write(' with rollup');
    }
    if (select.having) {
      this.write(' having ');
      this.expr(select.having);
    }
    if (select.windows.length > 0) {
      this.write(' window ');
      this.list(select.windows, (window) => {
        this.name(window.name);
        this.write(' as ');
        this.windowSpec(window.spec);
      });
    }
  }

  protected selectItems(items: readonly SelectItem[]): void {
    this.list(items, (item) => {
      switch (item.kind) {
        case 'star':
          if (item.keyspace !== undefined) this.write(`${quoteName(item.keyspace)}.`);
          if (item.table !== undefined) this.write(`${quoteName(item.table)}.`);
          return this.write('*');
        case 'next':
          this.write('next ');
          this.expr(item.count);
          return this.write(' values');
        case 'selectExpr':
          return this.selectExpr(item);
        default:
          return unreachable(item);
      }
    });
  }

  private selectExpr(item: SelectExpr): void {
    const from = this.out.length;
    const outermost = this.nesting === 0;
    this.nested(() => this.expr(item.expr));
    let { alias } = item;
    if (alias === undefined && this.options.columnNames && outermost) {
      alias = keptName(item, this.out.slice(from));
    }
    if (alias !== undefined) this.write(` as ${quoteName(alias)}`);
  }

  private lock(lock: LockClause): void {
    const plain = lock.of.length === 0;
    if (lock.strength === 'update') this.write(' for update');
    else this.write(this.options.dialect === 'mariadb' && plain ? ' lock in share mode' : ' for share');
    if (!plain) {
      this.write(' of ');
      this.list(lock.of, (table) => this.tableName(table));
    }
    if (typeof lock.wait === 'number') this.write(` wait ${lock.wait}`);
    else if (lock.wait) this.write(` ${lock.wait}`);
  }

  private into(into: Into): void {
    this.write(' into ');
    if (into.type === 'variables') {
      this.list(into.variables, (variable) =>
        variable.kind === 'userVar' ? this.expr(variable) : this.name(variable.name),
      );
      return;
    }
    this.write(into.type + (into.s3 ? ' s3 ' : ' '));
    this.string(into.file);
    if (into.options !== '') this.write(` ${into.options}`);
  }

  // ---- tables

  protected table(table: TableExpr): void {
    switch (table.kind) {
      case 'table':
        return this.tableRef(table);
      case 'derived':
        if (table.lateral) this.write('lateral ');
        this.inParentheses(() => this.query(table.query));
        if (table.alias !== '') this.write(` as ${quoteName(table.alias)}`);
        if (table.columns.length > 0) this.names(table.columns);
        return;
      case 'join':
        return this.join(table);
      case 'jsonTable':
        this.write('json_table(');
        this.expr(table.document);
        this.write(', ');
        this.string(table.path);
        this.jsonColumns(table.columns);
        return this.write(`) as ${quoteName(table.alias)}`);
      default:
        return unreachable(table);
    }
  }

  protected tableRef(table: TableRef): void {
    this.tableName(table);
    if (table.partitions.length > 0) {
      this.write(' partition ');
      this.names(table.partitions);
    }
    if (table.systemTime) this.systemTime(table.systemTime);
    if (table.portion) {
      this.write(` for portion of ${quoteName(table.portion.period)} from `);
      this.operand(table.portion.from, Precedence.BIT_OR);
      this.write(' to ');
      this.operand(table.portion.to, Precedence.BIT_OR);
    }
    if (table.alias !== undefined) this.write(` as ${quoteName(table.alias)}`);
    for (const hint of table.hints) this.indexHint(hint);
  }

  private systemTime(time: SystemTime): void {
    this.write(` for system_time ${time.type}`);
    switch (time.type) {
      case 'all':
        return;
      case 'as of':
        return this.timePoint(time.at);
      case 'between':
      case 'from':
        this.timePoint(time.from);
        this.write(time.type === 'between' ? ' and' : ' to');
        return this.timePoint(time.to);
      default:
        return unreachable(time);
    }
  }

  protected timePoint(point: TimePoint): void {
    this.write(point.unit ? ` ${point.unit} ` : ' ');
    this.operand(point.value, Precedence.BIT_OR);
  }

  private indexHint(hint: IndexHint): void {
    this.write(` ${hint.action} ${hint.type} `);
    if (hint.for) this.write(`for ${hint.for} `);
    this.write('(');
    this.list(hint.names, (name) => this.write(name === 'PRIMARY' ? 'primary' : quoteName(name)));
    this.write(')');
  }

  private join(join: Join): void {
    const { left } = join;
    if (left.kind === 'join' && this.options.parentheses === 'all')
      this.inParentheses(() => this.table(left));
    else this.table(left);
    if (join.natural) this.write(' natural');
    this.write(
      join.type === 'straight' ? ' straight_join ' : join.type === 'inner' ? ' join ' : ` ${join.type} join `,
    );
    if (join.right.kind === 'join') this.inParentheses(() => this.table(join.right));
    else this.table(join.right);
    if (join.on) {
      this.write(' on ');
      this.expr(join.on);
    }
    if (join.using.length > 0) {
      this.write(' using ');
      this.names(join.using);
    }
  }

  private jsonColumns(columns: readonly JsonTableColumn[]): void {
    this.write(' columns (');
    this.list(columns, (column) => {
      switch (column.kind) {
        case 'ordinality':
          return this.write(`${quoteName(column.name)} for ordinality`);
        case 'nested':
          this.write('nested path ');
          this.string(column.path);
          return this.jsonColumns(column.columns);
        case 'path':
          this.write(`${quoteName(column.name)} ${column.type}${column.exists ? ' exists' : ''} path `);
          this.string(column.path);
          return this.jsonResponses(column);
        default:
          return unreachable(column);
      }
    });
    this.write(')');
  }
}

function hasTail(query: QueryTail): boolean {
  return (
    query.with !== undefined ||
    query.orderBy.length > 0 ||
    query.limit !== undefined ||
    query.locks.length > 0 ||
    query.into !== undefined
  );
}

function needsParentheses(outer: SetOperation, arm: Query, right: boolean): boolean {
  if (hasTail(arm)) return true;
  if (arm.kind !== 'setOperation') return false;
  const tighter = arm.op === 'intersect' && outer.op !== 'intersect';
  if (tighter) return false;
  return right || (outer.op === 'intersect' && arm.op !== 'intersect');
}

/** An alias that keeps a column's name where MySQL would name it by the printed text. */
function keptName(item: SelectExpr, printed: string): string | undefined {
  const { expr, text } = item;
  if (expr.kind === 'column' || printed === text) return undefined;
  const name = expr.kind === 'literal' && expr.type === 'string' ? expr.value : text;
  // the name of a bound value is the value's own text, which only the bind variable knows
  const bound = /:[A-Za-z_]/.test(text);
  const valid = name !== '' && name.length <= MAX_ALIAS_LENGTH && !/\s$/.test(name) && !bound;
  return valid ? name : undefined;
}
