import type { Assignment, Delete, Expr, Insert, InsertRows, Query, TableName, Update, With } from '../ast';
import { Token } from '../lexer/token';
import { QueryParser } from './query-parser';

/** INSERT, REPLACE, UPDATE, DELETE. */
export abstract class DmlParser extends QueryParser {
  protected insert(): Insert {
    const { start } = this;
    const verb = this.needAny(['INSERT', 'REPLACE']) === 'INSERT' ? 'insert' : 'replace';
    const insert: Insert = {
      kind: 'insert',
      verb,
      comments: this.hints(),
      ignore: false,
      table: { name: '' },
      partitions: [],
      columns: [],
      source: { kind: 'rows', rows: [] },
      onDuplicate: [],
      returning: [],
      start,
    };
    const priority = this.eatAny(['LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY']);
    if (priority !== '') insert.priority = priority.toLowerCase() as Insert['priority'];
    insert.ignore = this.eat('IGNORE');
    this.eat('INTO');
    insert.table = this.tableName();
    if (this.at('PARTITION') && this.atAhead(1, '(')) {
      this.skip();
      insert.partitions = this.nameList();
    }
    this.insertSource(insert);
    this.insertTail(insert);
    insert.end = this.lastEnd;
    return insert;
  }

  private insertSource(insert: Insert): void {
    if (this.at('(') && !this.isQueryParenthesis()) {
      this.skip();
      if (this.at('(')) this.failInParentheses();
      if (!this.at(')')) insert.columns = this.list(() => this.column().name);
      this.need(')');
    }
    if (this.at('SET')) return this.insertSet(insert);
    if (this.at('VALUES') || this.at('VALUE')) insert.source = this.insertRows();
    else insert.source = this.rowsOfQuery(this.query());
  }

  private insertSet(insert: Insert): void {
    const { start } = this;
    this.need('SET');
    const assignments = this.assignments();
    insert.columns = assignments.map(({ column }) => column.name);
    const rows = [assignments.map(({ value }) => value)];
    insert.source = { kind: 'rows', rows, start, end: this.lastEnd };
  }

  private insertRows(): InsertRows | Query {
    const { start } = this;
    // VALUES ROW(..) is a query, and may be part of a larger one
    if (this.at('VALUES') && this.atAhead(1, 'ROW')) return this.rowsOfQuery(this.query());
    this.skip();
    const rows = this.list(() => this.rowValues());
    return { kind: 'rows', rows, start, end: this.lastEnd };
  }

  private rowsOfQuery(query: Query): InsertRows | Query {
    const plain = query.kind === 'values' && query.orderBy.length === 0 && !query.limit;
    return plain ? { kind: 'rows', rows: query.rows, start: query.start, end: query.end } : query;
  }

  private insertTail(insert: Insert): void {
    if (insert.source.kind === 'rows' && this.eat('AS')) {
      const table = this.name();
      insert.rowAlias = { table, columns: this.at('(') ? this.nameList() : [] };
    }
    if (this.at('ON')) {
      this.skip();
      this.need('DUPLICATE');
      this.need('KEY');
      this.need('UPDATE');
      insert.onDuplicate = this.assignments();
    }
    if (this.eat('RETURNING')) insert.returning = this.selectItems();
  }

  protected assignments(): Assignment[] {
    return this.list(() => {
      const { start } = this;
      const column = this.column();
      if (!this.eat('=')) this.need(':=');
      return { column, value: this.assignedValue(), start, end: this.lastEnd };
    });
  }

  /** MariaDB's IGNORE keeps what the column has. */
  private assignedValue(): Expr {
    const { start } = this;
    if (!this.eat('IGNORE')) return this.expr();
    return { kind: 'keyword', word: 'ignore', start, end: this.lastEnd };
  }

  protected update(withClause?: With): Update {
    const { start } = this;
    this.need('UPDATE');
    const update: Update = {
      kind: 'update',
      ...(withClause && { with: withClause }),
      comments: this.hints(),
      lowPriority: this.eat('LOW_PRIORITY'),
      ignore: this.eat('IGNORE'),
      tables: this.tableRefs(),
      assignments: [],
      orderBy: [],
      start,
    };
    this.need('SET');
    update.assignments = this.assignments();
    this.whereOrderLimit(update);
    update.end = this.lastEnd;
    return update;
  }

  private whereOrderLimit(statement: Update | Delete): void {
    if (this.eat('WHERE')) statement.where = this.expr();
    statement.orderBy = this.orderBy();
    if (this.at('LIMIT')) statement.limit = this.limit();
  }

  protected delete(withClause?: With): Delete {
    const { start } = this;
    this.need('DELETE');
    const statement: Delete = {
      kind: 'delete',
      ...(withClause && { with: withClause }),
      comments: this.hints(),
      lowPriority: false,
      quick: false,
      ignore: false,
      targets: [],
      tables: [],
      orderBy: [],
      returning: [],
      start,
    };
    statement.lowPriority = this.eat('LOW_PRIORITY');
    statement.quick = this.eat('QUICK');
    statement.ignore = this.eat('IGNORE');
    if (this.upper() === 'HISTORY' && this.atAhead(1, 'FROM')) this.deleteHistory(statement);
    else this.deleteTables(statement);
    this.whereOrderLimit(statement);
    if (this.eat('RETURNING')) statement.returning = this.selectItems();
    statement.end = this.lastEnd;
    return statement;
  }

  private deleteHistory(statement: Delete): void {
    this.index += 2;
    statement.tables = [{ kind: 'table', ...this.tableName(), partitions: [], hints: [] }];
    statement.history = {};
    if (!this.eat('BEFORE')) return;
    if (!this.eatWord('SYSTEM_TIME')) this.fail();
    statement.history.before = this.timePoint();
  }

  private deleteTables(statement: Delete): void {
    if (!this.eat('FROM')) {
      statement.targets = this.list(() => this.deleteTarget());
      this.need('FROM');
      statement.tables = this.tableRefs();
    } else if (this.isUsingForm()) {
      statement.targets = this.list(() => this.deleteTarget());
      this.need('USING');
      statement.tables = this.tableRefs();
    } else {
      statement.tables = [this.table()];
    }
  }

  /** DELETE FROM a, b.* USING ..: whether USING follows the list of names. */
  private isUsingForm(): boolean {
    let n = 0;
    const listed = (): boolean => {
      const type = this.typeAhead(n);
      const word = this.wordAhead(n);
      return this.isName(n) || type === Token.WORD
        ? word !== 'USING' && word !== 'WHERE'
        : word === '.' || word === ',' || word === '*';
    };
    while (listed()) n++;
    return this.atAhead(n, 'USING');
  }

  private deleteTarget(): TableName {
    const target = this.tableName();
    if (this.eat('.')) this.need('*');
    return target;
  }
}
