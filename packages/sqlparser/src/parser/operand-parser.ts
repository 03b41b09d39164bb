import type { Case, Expr, SystemVariable, TemporalLiteral, VariableScope, When } from '../ast';
import { isReserved } from '../lexer/keywords';
import { Token } from '../lexer/token';
import { CallParser } from './call-parser';
import { AT_TIME_ZONE } from './function-names';

const variableScopes: Partial<Record<string, VariableScope>> = {
  global: 'global',
  session: 'session',
  local: 'session',
  persist: 'persist',
  persist_only: 'persist_only',
  vitess_metadata: 'vitess_metadata',
};

const temporalTypes: Partial<Record<string, TemporalLiteral['type']>> = {
  DATE: 'date',
  TIME: 'time',
  TIMESTAMP: 'timestamp',
};

/** Operands: literals, variables, columns, calls, CASE, subqueries, what stands in parentheses. */
export abstract class OperandParser extends CallParser {
  protected operand(): Expr {
    const { start } = this;
    switch (this.type) {
      case Token.WORD:
        return this.wordOperand();
      case Token.QUOTED:
        return this.columnOrCall();
      case Token.ARG:
      case Token.LIST_ARG:
        return this.argument();
      case Token.PARAM:
        this.skip();
        return { kind: 'param', index: this.nextParam(), start, end: this.lastEnd };
      case Token.USER_VAR:
        return this.userVariable();
      case Token.SYSTEM_VAR:
        return this.systemVariable();
      case Token.OP:
        return this.symbolOperand();
      default:
        return this.isLiteral() ? this.literal() : this.fail();
    }
  }

  private argument(): Expr {
    const { start } = this;
    const list = this.type === Token.LIST_ARG;
    const name = this.text().slice(list ? 2 : 1);
    this.skip();
    return { kind: list ? 'listArg' : 'arg', name, start, end: this.lastEnd };
  }

  private systemVariable(): SystemVariable {
    const { start } = this;
    const text = this.text().slice(2).replaceAll('`', '');
    this.skip();
    const dot = text.indexOf('.');
    const scope = dot < 0 ? undefined : variableScopes[text.slice(0, dot).toLowerCase()];
    const name = (scope ? text.slice(dot + 1) : text).toLowerCase();
    return { kind: 'systemVar', name, ...(scope && { scope }), start, end: this.lastEnd };
  }

  private symbolOperand(): Expr {
    if (this.at('(')) return this.parenthesisedOperand();
    if (this.at('{')) return this.odbcOperand();
    if (this.at('.')) return this.column();
    return this.fail();
  }

  private parenthesisedOperand(): Expr {
    const { start } = this;
    if (this.isQueryParenthesis()) return this.subquery();
    this.need('(');
    const items = this.exprs();
    this.need(')');
    return items.length === 1 ? items[0] : { kind: 'tuple', items, start, end: this.lastEnd };
  }

  /** `{d '2020-01-01'}`, `{fn now()}`. */
  private odbcOperand(): Expr {
    const { start } = this;
    this.need('{');
    const word = this.anyName().toLowerCase();
    const type = ({ d: 'date', t: 'time', ts: 'timestamp' } as const)[word];
    const expr: Expr = type ? { kind: 'temporal', type, value: this.plainString(), start } : this.expr();
    this.need('}');
    expr.end = this.lastEnd;
    return expr;
  }

  private wordOperand(): Expr {
    const { start, word } = this;
    switch (word) {
      case 'NULL':
        this.skip();
        return { kind: 'null', start, end: this.lastEnd };
      case 'TRUE':
      case 'FALSE':
        this.skip();
        return { kind: 'bool', value: word === 'TRUE', start, end: this.lastEnd };
      case 'DEFAULT':
        return this.defaultValue();
      case 'CASE':
        return this.caseExpr();
      case 'EXISTS':
        this.skip();
        return { kind: 'exists', query: this.parenthesisedQuery(), start, end: this.lastEnd };
      case 'INTERVAL':
        return this.isIntervalFunction() ? this.call() : this.interval();
      case 'MATCH':
        return this.match();
      case 'VALUES':
        return this.valuesOf();
      case 'CONVERT':
        return this.call();
      default:
        return this.otherWord();
    }
  }

  private otherWord(): Expr {
    const { start, word } = this;
    if (word === '') {
      const charset = this.introducer();
      if (charset) {
        this.skip();
        return this.literal(charset, start);
      }
      if (this.atAhead(1, 'VALUE') && this.atAhead(2, 'FOR') && this.upper() === 'PREVIOUS') {
        return this.nextValue(true);
      }
      return this.columnOrCall();
    }
    if (word === 'ROW' && this.atAhead(1, '(')) return this.row();
    const temporal = temporalTypes[word];
    if (temporal && this.typeAhead(1) === Token.STRING) {
      this.skip();
      return { kind: 'temporal', type: temporal, value: this.plainString(), start, end: this.lastEnd };
    }
    if (this.atAhead(1, 'VALUE') && this.atAhead(2, 'FOR') && word === 'NEXT') return this.nextValue(false);
    if (word === 'VALUE' && this.atAhead(1, '(')) return this.valuesOf();
    if (this.isReservedFunction() || bareOk(word, this.atAhead(1, '('))) return this.call();
    if (isReserved(word)) this.fail();
    return this.columnOrCall();
  }

  private row(): Expr {
    const { start } = this;
    this.need('ROW');
    const items = this.parenthesised(() => this.exprs());
    return items.length > 1 ? { kind: 'tuple', items, start, end: this.lastEnd } : this.fail();
  }

  private nextValue(previous: boolean): Expr {
    const { start } = this;
    this.index += 3;
    const sequence = this.tableName();
    return { kind: 'nextValue', ...(previous && { previous }), sequence, start, end: this.lastEnd };
  }

  private defaultValue(): Expr {
    const { start } = this;
    this.need('DEFAULT');
    if (!this.at('(')) return { kind: 'default', start, end: this.lastEnd };
    const column = this.parenthesised(() => this.column());
    return { kind: 'default', column, start, end: this.lastEnd };
  }

  private valuesOf(): Expr {
    const { start } = this;
    if (!this.atAhead(1, '(')) this.fail();
    this.skip();
    const column = this.parenthesised(() => this.column());
    return { kind: 'valuesOf', column, start, end: this.lastEnd };
  }

  private interval(): Expr {
    const { start } = this;
    this.need('INTERVAL');
    const value = this.expr();
    const unit = this.timeUnit();
    return { kind: 'interval', value, unit, start, end: this.lastEnd };
  }

  private caseExpr(): Expr {
    const { start } = this;
    this.need('CASE');
    const operand = this.at('WHEN') ? undefined : this.expr();
    const whens: When[] = [];
    do {
      this.need('WHEN');
      const when = this.expr();
      this.need('THEN');
      whens.push({ when, then: this.expr() });
    } while (this.at('WHEN'));
    const node: Case = { kind: 'case', whens, start };
    if (operand) node.operand = operand;
    if (this.eat('ELSE')) node.otherwise = this.expr();
    this.need('END');
    node.end = this.lastEnd;
    return node;
  }

  private columnOrCall(): Expr {
    const { start } = this;
    // a quoted name is a function, too, but never one of those with a syntax of their own
    if (this.type === Token.WORD && this.atAhead(1, '(')) return this.call();
    const parts = [this.name()];
    while (parts.length < 3 && this.at('.') && !this.atAhead(1, '*')) {
      this.skip();
      parts.push(this.name());
    }
    if (this.at('(')) {
      const name = parts.pop() ?? this.fail();
      return parts.length > 0 ? this.qualifiedCall(parts, name, start) : this.quotedCall(name, start);
    }
    const column = this.columnOf(parts, start);
    return this.jsonExtraction(column);
  }

  private quotedCall(name: string, start: number): Expr {
    if (name.toLowerCase() === AT_TIME_ZONE) this.fail();
    this.need('(');
    const args = this.at(')') ? [] : this.exprs();
    this.need(')');
    return { kind: 'function', name: name.toLowerCase(), args, start, end: this.lastEnd };
  }

  /** `column -> '$.path'` */
  private jsonExtraction(column: Expr): Expr {
    let left = column;
    while (this.at('->') || this.at('->>')) {
      const op = this.at('->') ? '->' : '->>';
      this.skip();
      const right = this.operand();
      left = { kind: 'binary', op, left, right, start: column.start, end: this.lastEnd };
      this.height = this.checkHeight(this.height + 1);
    }
    return left;
  }
}

/** Words that are functions with or without being names otherwise. */
function bareOk(word: string, parenthesis: boolean): boolean {
  return word === 'CURRENT_ROLE' || (parenthesis && !isReserved(word));
}
