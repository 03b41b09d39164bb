import type {
  DerivedTable,
  IndexHint,
  Join,
  JsonTable,
  JsonTableColumn,
  Query,
  SystemTime,
  TableExpr,
  TableRef,
  TimePoint,
} from '../ast';
import { Token } from '../lexer/token';
import { ExprParser } from './expr-parser';

/** Words that are names but follow a table reference, so that they cannot be its alias without AS. */
const notAliases = new Set(['RETURNING', 'OFFSET']);

type JoinOperator = Pick<Join, 'type' | 'natural'>;

/** Table references: tables, derived tables, joins. */
export abstract class TableParser extends ExprParser {
  /** Joins that stand in parentheses. */
  private readonly closed = new WeakSet<TableExpr>();

  /** Comma-separated table references; DUAL adds none. */
  protected tableRefs(): TableExpr[] {
    const refs: TableExpr[] = [];
    do {
      if (this.at('DUAL')) this.skip();
      else refs.push(this.tableRef());
    } while (this.eat(','));
    return refs;
  }

  protected tableRef(): TableExpr {
    const outerHeight = this.height;
    this.height = 0;
    let left = this.tableFactor();
    let height = this.height;
    for (let operator = this.joinOperator(); operator; operator = this.joinOperator()) {
      this.height = 0;
      left = this.join(left, operator);
      height = this.checkHeight(Math.max(height, this.height) + 1);
    }
    this.height = Math.max(outerHeight, height);
    return left;
  }

  private joinOperator(): JoinOperator | undefined {
    switch (this.word) {
      case 'JOIN':
        this.skip();
        return { type: 'inner', natural: false };
      case 'INNER':
      case 'CROSS':
        this.skip();
        this.need('JOIN');
        return { type: 'inner', natural: false };
      case 'STRAIGHT_JOIN':
        this.skip();
        return { type: 'straight', natural: false };
      case 'LEFT':
      case 'RIGHT':
        return { type: this.outerJoin(), natural: false };
      case 'NATURAL':
        this.skip();
        if (this.at('LEFT') || this.at('RIGHT')) return { type: this.outerJoin(), natural: true };
        this.eat('INNER');
        this.need('JOIN');
        return { type: 'inner', natural: true };
      default:
        return undefined;
    }
  }

  private outerJoin(): 'left' | 'right' {
    const type = this.eat('LEFT') ? 'left' : 'right';
    if (type === 'right') this.need('RIGHT');
    this.eat('OUTER');
    this.need('JOIN');
    return type;
  }

  /** The right side and condition of a join; `a JOIN b JOIN c ON y ON x` nests to the right. */
  private join(left: TableExpr, operator: JoinOperator): TableExpr {
    this.enter();
    let right = this.tableFactor();
    if (!operator.natural) {
      while (!this.at('ON') && !this.at('USING')) {
        const next = this.joinOperator();
        if (!next) break;
        right = this.join(right, next);
      }
    }
    this.leave();
    const node: Join = { kind: 'join', ...operator, left, right, using: [], start: left.start };
    if (!operator.natural) {
      if (this.eat('ON')) node.on = this.expr();
      else if (this.eat('USING')) node.using = this.nameList();
      else if (operator.type === 'left' || operator.type === 'right') this.fail();
      else return this.chainToLeft(left, operator, right);
    }
    node.end = this.lastEnd;
    return node;
  }

  private tableFactor(): TableExpr {
    if (this.at('(')) return this.parenthesisedTable();
    if (this.eat('LATERAL')) return this.derived(this.start, this.parenthesisedQuery(), true);
    if (this.at('JSON_TABLE') && this.atAhead(1, '(')) return this.jsonTable();
    if (this.at('{')) {
      this.skip();
      this.need('OJ');
      const table = this.tableRef();
      this.need('}');
      return table;
    }
    return this.table();
  }

  private parenthesisedTable(): TableExpr {
    const { start } = this;
    if (this.isQueryParenthesis()) return this.derived(start, this.parenthesisedQuery(), false);
    this.enter();
    this.need('(');
    let table = this.tableRef();
    while (this.eat(',')) {
      const right = this.tableRef();
      table = {
        kind: 'join',
        type: 'inner',
        natural: false,
        left: table,
        right,
        using: [],
        start: table.start,
      };
      table.end = this.lastEnd;
      this.height = this.checkHeight(this.height + 1);
    }
    this.need(')');
    this.leave();
    this.closed.add(table);
    return table;
  }

  private derived(start: number, query: Query, lateral: boolean): DerivedTable {
    const alias = this.tableAlias() ?? '';
    const columns = alias !== '' && this.at('(') ? this.nameList() : [];
    return { kind: 'derived', query, lateral, alias, columns, start, end: this.lastEnd };
  }

  protected table(): TableRef {
    const { start } = this;
    const table: TableRef = { kind: 'table', ...this.tableName(), partitions: [], hints: [], start };
    if (this.at('PARTITION') && this.atAhead(1, '(')) {
      this.skip();
      table.partitions = this.nameList();
    }
    if (this.at('FOR') && this.upper(1) === 'SYSTEM_TIME') table.systemTime = this.systemTime();
    else if (this.at('FOR') && this.upper(1) === 'PORTION') table.portion = this.portion();
    const alias = this.tableAlias();
    if (alias !== undefined) table.alias = alias;
    while (this.isIndexHint()) table.hints.push(this.indexHint());
    table.end = this.lastEnd;
    return table;
  }

  private systemTime(): SystemTime {
    this.skip();
    this.skip();
    if (this.eat('ALL')) return { type: 'all' };
    if (this.eat('AS')) {
      this.need('OF');
      return { type: 'as of', at: this.timePoint() };
    }
    const type = this.needAny(['BETWEEN', 'FROM']) === 'BETWEEN' ? 'between' : 'from';
    const from = this.timePoint();
    this.need(type === 'between' ? 'AND' : 'TO');
    return { type, from, to: this.timePoint() };
  }

  private portion(): TableRef['portion'] {
    this.index += 2;
    this.need('OF');
    const period = this.name();
    this.need('FROM');
    const from = this.bitExpr();
    this.need('TO');
    return { period, from, to: this.bitExpr() };
  }

  protected timePoint(): TimePoint {
    // TIMESTAMP '..' is a literal
    const word = this.typeAhead(1) === Token.STRING ? '' : this.eatAny(['TIMESTAMP', 'TRANSACTION']);
    const value = this.bitExpr();
    return word === '' ? { value } : { unit: word === 'TIMESTAMP' ? 'timestamp' : 'transaction', value };
  }

  protected tableAlias(): string | undefined {
    if (this.eat('AS')) return this.type === Token.STRING ? this.plainString() : this.name();
    return this.isName() && !notAliases.has(this.word) ? this.name() : undefined;
  }

  private isIndexHint(): boolean {
    if (!this.at('USE') && !this.at('FORCE') && !this.at('IGNORE')) return false;
    return this.atAhead(1, 'INDEX') || this.atAhead(1, 'KEY') || this.atAhead(1, 'VINDEX');
  }

  private indexHint(): IndexHint {
    const action = this.word.toLowerCase() as IndexHint['action'];
    this.skip();
    const hint: IndexHint = { action, type: this.at('VINDEX') ? 'vindex' : 'index', names: [] };
    this.skip();
    if (this.eat('FOR')) hint.for = this.hintScope();
    this.need('(');
    if (!this.at(')')) hint.names = this.list(() => (this.eat('PRIMARY') ? 'PRIMARY' : this.name()));
    this.need(')');
    return hint;
  }

  private hintScope(): IndexHint['for'] {
    if (this.eat('JOIN')) return 'join';
    if (this.eat2('ORDER', 'BY')) return 'order by';
    this.need('GROUP');
    this.need('BY');
    return 'group by';
  }

  private jsonTable(): JsonTable {
    const { start } = this;
    this.skip();
    this.need('(');
    const document = this.expr();
    this.need(',');
    const path = this.plainString();
    const columns = this.jsonTableColumns();
    this.need(')');
    const alias = this.tableAlias() ?? this.fail();
    return { kind: 'jsonTable', document, path, columns, alias, start, end: this.lastEnd };
  }

  private jsonTableColumns(): JsonTableColumn[] {
    this.enter();
    this.need('COLUMNS');
    const columns = this.parenthesised(() => this.list(() => this.jsonTableColumn()));
    this.leave();
    return columns;
  }

  private jsonTableColumn(): JsonTableColumn {
    if (this.at('NESTED') && (this.atAhead(1, 'PATH') || this.typeAhead(1) === Token.STRING)) {
      this.skip();
      this.eat('PATH');
      const path = this.plainString();
      return { kind: 'nested', path, columns: this.jsonTableColumns() };
    }
    const name = this.name();
    if (this.eat('FOR')) {
      this.need('ORDINALITY');
      return { kind: 'ordinality', name };
    }
    const type = this.columnType();
    const exists = this.eat('EXISTS');
    this.need('PATH');
    const path = this.plainString();
    return { kind: 'path', name, type, exists, path, ...this.jsonResponses() };
  }

  /** The text of a column type, up to PATH or EXISTS. */
  private columnType(): string {
    const { start } = this;
    while (!this.at('PATH') && !this.at('EXISTS')) {
      if (this.at(')') || this.at(',')) this.fail();
      if (this.at('(')) {
        while (!this.at(')')) this.typeToken();
      }
      this.typeToken();
    }
    if (this.start === start) this.fail();
    return this.sql.slice(start, this.lastEnd);
  }

  private typeToken(): void {
    if (this.type === Token.EOF || this.at(';') || this.at('{')) this.fail();
    this.skip();
  }

  /** `l JOIN (a JOIN b ON x)`, where the source has no parentheses, is `(l JOIN a) JOIN b ON x`. */
  private chainToLeft(left: TableExpr, operator: JoinOperator, right: TableExpr): TableExpr {
    const spine: Join[] = [];
    let first = right;
    while (first.kind === 'join' && !this.closed.has(first)) {
      spine.push(first);
      first = first.left;
    }
    const { start } = left;
    let chain: TableExpr = {
      kind: 'join',
      ...operator,
      left,
      right: first,
      using: [],
      start,
      end: first.end,
    };
    for (const join of spine.reverse()) chain = { ...join, left: chain, start };
    return chain;
  }
}
