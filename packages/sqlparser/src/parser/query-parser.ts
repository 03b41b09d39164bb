import type {
  CommonTable,
  GroupBy,
  Into,
  LockClause,
  NamedWindow,
  Query,
  QueryTail,
  Select,
  SelectItem,
  SelectOption,
  SetOperator,
  TableQuery,
  ValuesQuery,
  With,
} from '../ast';
import { Token } from '../lexer/token';
import { literalText } from '../lexer/values';
import { TableParser } from './table-parser';

/** Options that no column can be named after without quotes. */
const reservedOptions = new Set([
  'ALL',
  'DISTINCT',
  'DISTINCTROW',
  'HIGH_PRIORITY',
  'STRAIGHT_JOIN',
  'SQL_SMALL_RESULT',
  'SQL_BIG_RESULT',
  'SQL_CALC_FOUND_ROWS',
]);
const plainOptions = new Set(['SQL_BUFFER_RESULT', 'SQL_CACHE', 'SQL_NO_CACHE']);

const emptyTail = (): QueryTail => ({ orderBy: [], locks: [] });

/** SELECT, set operations, WITH, VALUES, TABLE. */
export abstract class QueryParser extends TableParser {
  query(): Query {
    const { start } = this;
    return this.queryBehindWith(this.at('WITH') ? this.with() : undefined, start);
  }

  protected queryBehindWith(withClause: With | undefined, start: number): Query {
    this.enter();
    const body = this.setOperation();
    const query = this.withTail(body, withClause, start);
    this.leave();
    return query;
  }

  private withTail(body: Query, withClause: With | undefined, start: number): Query {
    const tail = emptyTail();
    if (withClause) tail.with = withClause;
    tail.orderBy = this.orderBy();
    if (this.at('LIMIT')) tail.limit = this.limit();
    else if (this.at('FETCH') || this.at('OFFSET')) tail.limit = this.fetch();
    if (this.at('INTO')) tail.into = this.into();
    if (body.kind === 'select' && this.at('PROCEDURE')) body.procedure = this.procedure();
    tail.locks = this.locks();
    if (this.at('INTO') && !tail.into) tail.into = this.into();
    if (!hasTail(tail)) return body;
    if (tail.into && body.into) this.fail();
    const query: Query = hasTail(body)
      ? mayTakeTail(body, tail)
        ? { ...body }
        : { kind: 'nested', query: body, ...emptyTail() }
      : body;
    return Object.assign(query, tail, { start, end: this.lastEnd });
  }

  protected with(): With {
    this.need('WITH');
    const recursive = this.eat('RECURSIVE');
    return { recursive, ctes: this.list(() => this.commonTable()) };
  }

  private commonTable(): CommonTable {
    const { start } = this;
    const name = this.name();
    const columns = this.at('(') ? this.nameList() : [];
    this.need('AS');
    this.enter();
    const query = this.parenthesised(() => this.query());
    this.leave();
    const cycle = this.cycle();
    return { name, columns, query, ...(cycle && { cycle }), start, end: this.lastEnd };
  }

  private cycle(): string[] | undefined {
    if (!this.eatWord('CYCLE')) return undefined;
    const columns = this.names();
    this.need('RESTRICT');
    return columns;
  }

  private setOperation(): Query {
    return this.setOperators(
      () => this.setOperators(() => this.queryOperand(), ['INTERSECT']),
      ['UNION', 'EXCEPT'],
    );
  }

  private setOperators(operand: () => Query, operators: string[]): Query {
    const { start } = this;
    const outerHeight = this.height;
    this.height = 0;
    let left = operand();
    let height = this.height;
    while (operators.includes(this.word)) {
      if (left.into) this.fail();
      const op = this.word.toLowerCase() as SetOperator;
      this.skip();
      const all = this.eat('ALL');
      if (!all) this.eat('DISTINCT');
      this.height = 0;
      const parenthesised = this.at('(');
      const right = operand();
      height = this.checkHeight(Math.max(height, this.height) + 1);
      left = { kind: 'setOperation', op, all, left, right, ...emptyTail(), start, end: this.lastEnd };
      // the INTO of the last arm is that of the whole
      if (right.into && !parenthesised) {
        left.into = right.into;
        delete right.into;
      }
    }
    this.height = Math.max(outerHeight, height);
    return left;
  }

  private queryOperand(): Query {
    switch (this.word) {
      case '(':
        return this.parenthesised(() => this.query());
      case 'VALUES':
        return this.valuesQuery();
      case 'TABLE':
        return this.tableQuery();
      default:
        return this.select();
    }
  }

  private valuesQuery(): ValuesQuery {
    const { start } = this;
    this.need('VALUES');
    const rows = this.list(() => {
      this.eat('ROW');
      return this.parenthesised(() => this.exprs());
    });
    return { kind: 'values', rows, ...emptyTail(), start, end: this.lastEnd };
  }

  protected rowValues() {
    return this.parenthesised(() => (this.at(')') ? [] : this.exprs()));
  }

  private tableQuery(): TableQuery {
    const { start } = this;
    this.need('TABLE');
    return { kind: 'tableQuery', table: this.tableName(), ...emptyTail(), start, end: this.lastEnd };
  }

  private select(): Select {
    const { start } = this;
    this.need('SELECT');
    const select: Select = {
      kind: 'select',
      comments: this.hints(),
      distinct: false,
      options: [],
      items: [],
      from: [],
      windows: [],
      ...emptyTail(),
      start,
    };
    this.selectOptions(select);
    select.items = this.isNextValues() ? [this.nextValues()] : this.selectItems();
    if (this.at('INTO')) select.into = this.into();
    if (this.eat('FROM')) select.from = this.tableRefs();
    if (this.eat('WHERE')) select.where = this.expr();
    if (this.at('GROUP')) select.groupBy = this.groupBy();
    if (this.eat('HAVING')) select.having = this.expr();
    if (this.eat('WINDOW')) select.windows = this.list(() => this.namedWindow());
    select.end = this.lastEnd;
    return select;
  }

  private selectOptions(select: Select): void {
    for (;;) {
      const { word } = this;
      if (!reservedOptions.has(word) && !(plainOptions.has(word) && this.isPlainOption())) return;
      this.skip();
      if (word === 'DISTINCT' || word === 'DISTINCTROW') select.distinct = true;
      else if (word !== 'ALL') select.options.push(word.toLowerCase() as SelectOption);
    }
  }

  private isPlainOption(): boolean {
    const type = this.typeAhead(1);
    return type !== Token.EOF && (type !== Token.OP || this.atAhead(1, '*') || this.atAhead(1, '('))
      ? !this.atAhead(1, 'FROM') && !this.atAhead(1, 'AS')
      : false;
  }

  protected selectItems(): SelectItem[] {
    // a star without a table stands first
    let first = true;
    return this.list(() => {
      if (!first && this.at('*')) this.fail();
      first = false;
      return this.selectItem();
    });
  }

  private selectItem(): SelectItem {
    const { start } = this;
    const star = this.star();
    if (star) return star;
    const expr = this.expr();
    const text = literalText(this.sql.slice(start, this.lastEnd), this.options).value;
    const alias = this.selectAlias();
    return {
      kind: 'selectExpr',
      expr,
      ...(alias !== undefined && { alias }),
      text,
      start,
      end: this.lastEnd,
    };
  }

  private star(): SelectItem | undefined {
    const { start } = this;
    if (this.eat('*')) return { kind: 'star', start, end: this.lastEnd };
    if (!this.isName() || !this.atAhead(1, '.')) return undefined;
    if (this.atAhead(2, '*')) {
      const table = this.name();
      this.index += 2;
      return { kind: 'star', table, start, end: this.lastEnd };
    }
    if (!this.atAhead(3, '.') || !this.atAhead(4, '*')) return undefined;
    const keyspace = this.name();
    this.need('.');
    const table = this.name();
    this.index += 2;
    return { kind: 'star', table, keyspace, start, end: this.lastEnd };
  }

  private selectAlias(): string | undefined {
    if (this.eat('AS')) return this.type === Token.STRING ? this.plainString() : this.name();
    if (this.type === Token.STRING) return this.plainString();
    return this.isName() && !this.at('RETURNING') ? this.name() : undefined;
  }

  private isNextValues(): boolean {
    if (!this.at('NEXT')) return false;
    return (this.atAhead(1, 'VALUE') && !this.atAhead(2, 'FOR')) || this.atAhead(2, 'VALUES');
  }

  /** `NEXT VALUE`, `NEXT n VALUES`. */
  private nextValues(): SelectItem {
    const { start } = this;
    this.need('NEXT');
    if (this.eat('VALUE')) {
      return { kind: 'next', count: { kind: 'literal', type: 'int', value: '1' }, start, end: this.lastEnd };
    }
    const count = this.operand();
    this.need('VALUES');
    return { kind: 'next', count, start, end: this.lastEnd };
  }

  private groupBy(): GroupBy {
    this.need('GROUP');
    this.need('BY');
    const items = this.list(() => this.orderItem());
    return { items, rollup: this.eat2('WITH', 'ROLLUP') };
  }

  private namedWindow(): NamedWindow {
    const name = this.name();
    this.need('AS');
    return { name, spec: this.windowSpec() };
  }

  private locks(): LockClause[] {
    const locks: LockClause[] = [];
    for (;;) {
      if (this.at('FOR') && (this.atAhead(1, 'UPDATE') || this.atAhead(1, 'SHARE'))) {
        const strength = this.atAhead(1, 'UPDATE') ? 'update' : 'share';
        this.index += 2;
        const of = this.eat('OF') ? this.list(() => this.tableName()) : [];
        locks.push(this.lockWait({ strength, of }));
      } else if (this.at('LOCK') && this.atAhead(1, 'IN')) {
        this.index += 2;
        this.need('SHARE');
        this.need('MODE');
        locks.push(this.lockWait({ strength: 'share', of: [] }));
      } else return locks;
    }
  }

  private lockWait(lock: LockClause): LockClause {
    if (this.eat('NOWAIT')) lock.wait = 'nowait';
    else if (this.eat('SKIP')) {
      this.need('LOCKED');
      lock.wait = 'skip locked';
    } else if (this.eat('WAIT')) lock.wait = Number(this.integer());
    return lock;
  }

  /** PROCEDURE ANALYSE(..), which stands behind LIMIT. */
  private procedure(): Select['procedure'] {
    this.need('PROCEDURE');
    return { name: this.name().toLowerCase(), args: this.rowValues() };
  }

  private into(): Into {
    this.need('INTO');
    if (this.at('OUTFILE') || this.at('DUMPFILE')) return this.intoFile();
    return {
      type: 'variables',
      variables: this.list(() =>
        this.type === Token.USER_VAR ? this.userVariable() : { kind: 'localVar', name: this.name() },
      ),
    };
  }

  private intoFile(): Into {
    const type = this.eat('OUTFILE') ? 'outfile' : 'dumpfile';
    if (type === 'dumpfile') this.need('DUMPFILE');
    const s3 = this.eat('S3');
    const file = this.plainString();
    const { start } = this;
    while (!this.atExportEnd()) {
      if (this.type === Token.OP) this.fail();
      this.skip();
    }
    return { type, s3, file, options: this.start === start ? '' : this.sql.slice(start, this.lastEnd) };
  }

  private atExportEnd(): boolean {
    if (this.type === Token.EOF) return true;
    return [')', ';', 'FROM', 'FOR', 'LOCK', 'UNION', 'WHERE'].includes(this.word);
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

/**
 * Whether an outer tail can join the tail that the query has: `SELECT .. INTO @x FROM t ORDER BY a`. A parenthesised
 * query with a tail of its own is a unit instead.
 */
function mayTakeTail(query: Query, tail: QueryTail): boolean {
  const own = { ...query, into: undefined };
  return query.kind === 'select' && query.into !== undefined && !hasTail(own) && !tail.into;
}
