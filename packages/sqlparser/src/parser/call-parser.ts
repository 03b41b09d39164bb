import type { Aggregate, AggregateName, Expr, Keyword, Match, WindowCall } from '../ast';
import { CastParser } from './cast-parser';
import { aggregateNames, bareFunctions, reservedFunctions, windowNames } from './function-names';

export const timeUnits: ReadonlySet<string> = new Set(
  'MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR SECOND_MICROSECOND MINUTE_MICROSECOND MINUTE_SECOND HOUR_MICROSECOND HOUR_SECOND HOUR_MINUTE DAY_MICROSECOND DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH'.split(
    ' ',
  ),
);

/** Functions of reserved names whose arguments the grammar counts. */
const argumentCounts: Partial<Record<string, number>> = {
  IF: 3,
  INSERT: 4,
  LEFT: 2,
  MOD: 2,
  REPEAT: 2,
  REPLACE: 3,
  RIGHT: 2,
};

const typedCalls = new Set(['COLUMN_CREATE', 'COLUMN_ADD', 'COLUMN_GET']);

/** Function calls, aggregates, window functions. */
export abstract class CallParser extends CastParser {
  /** Whether the word here is a function of a reserved name: `left(`, `current_date`. */
  protected isReservedFunction(): boolean {
    return bareFunctions.has(this.word) || (reservedFunctions.has(this.word) && this.atAhead(1, '('));
  }

  /** Lower-case name of the time unit here, without SQL_TSI_. */
  protected timeUnit(): string {
    const word = this.word.replace(/^SQL_TSI_/, '');
    if (!timeUnits.has(word)) this.fail();
    this.skip();
    return word.toLowerCase();
  }

  /** A call by an unqualified name; the word here is the name. */
  protected call(): Expr {
    const { start } = this;
    const word = this.upper();
    if (bareFunctions.has(word) && !this.atAhead(1, '(')) {
      this.skip();
      return { kind: 'function', name: word.toLowerCase(), args: [], start, end: this.lastEnd };
    }
    const name = this.anyName();
    this.need('(');
    const special = this.specialCall(word, start);
    if (special) {
      this.need(')');
      special.end = this.lastEnd;
      return special;
    }
    const lower = name.toLowerCase();
    if (aggregateNames.has(lower)) return this.aggregate(lower as AggregateName, start);
    const args = typedCalls.has(word) ? this.typedArguments() : this.callArguments(argumentCounts[word]);
    if (windowNames.has(lower))
      return this.windowCall({ name: lower, args, star: false, distinct: false }, start);
    return { kind: 'function', name: lower, args, start, end: this.lastEnd };
  }

  /** A call of a stored function by its qualified name. The `(` is next. */
  protected qualifiedCall(qualifiers: readonly string[], name: string, start: number): Expr {
    this.need('(');
    const [keyspace, packageName] = qualifiers;
    const args = this.callArguments();
    const call: Expr = {
      kind: 'function',
      name: name.toLowerCase(),
      keyspace,
      args,
      start,
      end: this.lastEnd,
    };
    return packageName === undefined ? call : { ...call, package: packageName };
  }

  private callArguments(count?: number): Expr[] {
    if (count !== undefined) return this.exactArguments(count);
    const args = this.at(')') ? [] : this.exprs();
    this.need(')');
    return args;
  }

  /** Arguments of dynamic columns: values may bring their type along. */
  private typedArguments(): Expr[] {
    const args = this.list(() => {
      const { start } = this;
      const operand = this.expr();
      if (!this.eat('AS')) return operand;
      return { kind: 'cast', bare: true, operand, type: this.castType(), start, end: this.lastEnd } as const;
    });
    this.need(')');
    return args;
  }

  private exactArguments(count: number): Expr[] {
    const args = [this.expr()];
    while (args.length < count) {
      this.need(',');
      args.push(this.expr());
    }
    this.need(')');
    return args;
  }

  private specialCall(word: string, start: number): Expr | undefined {
    switch (word) {
      case 'CAST':
        return this.cast(start);
      case 'CONVERT':
        return this.convert(start);
      case 'EXTRACT':
        return this.extract(start);
      case 'TRIM':
        return this.trim(start);
      case 'SUBSTRING':
      case 'SUBSTR':
      case 'MID':
        return this.substring(start);
      case 'POSITION':
        return this.position(start);
      case 'CHAR':
        return this.charFunction(start);
      case 'WEIGHT_STRING':
        return this.weightString(start);
      case 'JSON_VALUE':
        return this.jsonValue(start);
      case 'GET_FORMAT':
      case 'TIMESTAMPADD':
      case 'TIMESTAMPDIFF':
        return this.keywordCall(word.toLowerCase(), start);
      default:
        return undefined;
    }
  }

  private extract(start: number): Expr {
    const unit = this.timeUnit();
    this.need('FROM');
    return { kind: 'extract', unit, operand: this.expr(), start };
  }

  private substring(start: number): Expr {
    const args = [this.expr()];
    if (this.eat('FROM')) {
      args.push(this.expr());
      if (this.eat('FOR')) args.push(this.expr());
    } else {
      while (this.eat(',')) args.push(this.expr());
    }
    return { kind: 'function', name: 'substring', args, start };
  }

  /** POSITION(a IN b) is LOCATE(a, b). */
  private position(start: number): Expr {
    const needle = this.bitExpr() ?? this.fail();
    this.need('IN');
    return { kind: 'function', name: 'locate', args: [needle, this.expr()], start };
  }

  /** A call whose first argument is a word: a time unit, or DATE, TIME, DATETIME of GET_FORMAT. */
  private keywordCall(name: string, start: number): Expr {
    const keyword: Keyword = { kind: 'keyword', word: '', start: this.start };
    if (name === 'get_format')
      keyword.word = this.needAny(['DATE', 'TIME', 'DATETIME', 'TIMESTAMP']).toLowerCase();
    else keyword.word = this.timeUnit();
    keyword.end = this.lastEnd;
    this.need(',');
    return { kind: 'function', name, args: [keyword, ...this.exprs()], start };
  }

  private aggregate(name: AggregateName, start: number): Expr {
    const distinct = this.eat('DISTINCT') || this.eat('DISTINCTROW');
    if (!distinct) this.eat('ALL');
    const node: Aggregate = { kind: 'aggregate', name, args: [], distinct, orderBy: [], start };
    const star = name === 'count' && !distinct && this.eat('*');
    if (!star) node.args = this.exprs();
    if (name === 'group_concat' || name === 'json_arrayagg') {
      node.orderBy = this.orderBy();
      if (this.eat('SEPARATOR')) node.separator = this.literal();
      if (this.at('LIMIT')) node.limit = this.limit();
    }
    this.need(')');
    if (this.at('OVER') && node.orderBy.length === 0) {
      return this.windowCall({ name, args: node.args, star, distinct }, start);
    }
    node.end = this.lastEnd;
    return node;
  }

  private windowCall(call: Pick<WindowCall, 'name' | 'args' | 'star' | 'distinct'>, start: number): Expr {
    const fromLast = this.at('FROM') && this.atAhead(1, 'LAST');
    if (fromLast || (this.at('FROM') && this.atAhead(1, 'FIRST') && this.atAhead(2, 'OVER'))) this.index += 2;
    const node: WindowCall = { kind: 'window', ...call, fromLast, over: '', start };
    if (this.upper() === 'WITHIN' && this.atAhead(1, 'GROUP')) {
      this.index += 2;
      node.withinGroup = this.parenthesised(() => this.orderBy());
    }
    if (this.eat2('RESPECT', 'NULLS')) node.nulls = 'respect';
    else if (this.eat2('IGNORE', 'NULLS')) node.nulls = 'ignore';
    if (!this.at('OVER') && !node.star && !fromLast && !node.nulls) {
      // without OVER the name is that of an ordinary or stored function
      return { kind: 'function', name: call.name, args: call.args, start, end: this.lastEnd };
    }
    this.need('OVER');
    node.over = this.over();
    node.end = this.lastEnd;
    return node;
  }

  /** MATCH (a, b) AGAINST ('x' IN BOOLEAN MODE); the word here is MATCH. */
  protected match(): Expr {
    const { start } = this;
    this.need('MATCH');
    const parenthesis = this.eat('(');
    const columns = this.list(() => this.column());
    if (parenthesis) this.need(')');
    this.need('AGAINST');
    this.need('(');
    const against = this.bitExpr() ?? this.fail();
    const mode = this.matchMode();
    this.need(')');
    const node: Match = { kind: 'match', columns, against, start, end: this.lastEnd };
    if (mode) node.mode = mode;
    return node;
  }

  private matchMode(): Match['mode'] {
    if (this.eat('IN')) {
      if (this.eat('BOOLEAN')) {
        this.need('MODE');
        return 'boolean';
      }
      this.need('NATURAL');
      this.need('LANGUAGE');
      this.need('MODE');
      return this.queryExpansion() ? 'natural language with query expansion' : 'natural language';
    }
    return this.queryExpansion() ? 'query expansion' : undefined;
  }

  private queryExpansion(): boolean {
    if (!this.at('WITH') || !this.atAhead(1, 'QUERY')) return false;
    this.index += 2;
    this.need('EXPANSION');
    return true;
  }

  /** INTERVAL here is a function when its parenthesis holds more than one argument: INTERVAL(a, b, c). */
  protected isIntervalFunction(): boolean {
    if (!this.atAhead(1, '(')) return false;
    const end = this.closerAhead(1);
    for (let n = 2; n < end; n++) {
      if (this.atAhead(n, ',')) return true;
      if (this.atAhead(n, '(')) n = this.closerAhead(n);
    }
    return false;
  }
}
