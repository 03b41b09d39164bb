import { unreachable } from '@vitess-ts/base';
import type { Case, Column, Expr, Literal, Query } from '../ast';
import { Precedence, precedenceOf } from '../precedence';
import { backquote, quoteCharset, quoteVariable } from './quote';
import { Writer } from './writer';

/** Expressions, with the parentheses that precedence needs and no others. */
export abstract class ExprPrinter extends Writer {
  abstract query(query: Query): void;

  /** An operand that must bind at least as tightly as `min`. */
  protected operand(expr: Expr, min: number): void {
    const precedence = precedenceOf(expr);
    if (precedence >= (this.options.parentheses === 'all' ? Precedence.OPERAND : min)) return this.expr(expr);
    this.write('(');
    this.expr(expr);
    this.write(')');
  }

  protected exprs(exprs: readonly Expr[]): void {
    this.list(exprs, (expr) => this.expr(expr));
  }

  expr(expr: Expr): void {
    switch (expr.kind) {
      case 'literal':
      case 'null':
      case 'bool':
      case 'temporal':
      case 'arg':
      case 'listArg':
      case 'param':
      case 'column':
      case 'userVar':
      case 'systemVar':
      case 'default':
      case 'valuesOf':
      case 'keyword':
      case 'nextValue':
        return this.leaf(expr);
      case 'and':
      case 'or':
      case 'xor':
      case 'not':
      case 'assign':
        return this.logical(expr);
      case 'comparison':
      case 'is':
      case 'between':
      case 'like':
      case 'regexp':
      case 'memberOf':
      case 'in':
        return this.predicate(expr);
      case 'unary':
      case 'binary':
      case 'collate':
      case 'interval':
        return this.operation(expr);
      case 'exists':
      case 'subquery':
      case 'tuple':
      case 'case':
        return this.grouping(expr);
      default:
        return this.call(expr);
    }
  }

  private leaf(
    expr: Extract<
      Expr,
      {
        kind:
          | 'literal'
          | 'null'
          | 'bool'
          | 'temporal'
          | 'arg'
          | 'listArg'
          | 'param'
          | 'column'
          | 'userVar'
          | 'systemVar'
          | 'default'
          | 'valuesOf'
          | 'keyword'
          | 'nextValue';
      }
    >,
  ): void {
    switch (expr.kind) {
      case 'literal':
        return this.literal(expr);
      case 'null':
        return this.write('null');
      case 'bool':
        return this.write(expr.value ? 'true' : 'false');
      case 'temporal':
        this.write(`${expr.type} `);
        return this.string(expr.value);
      case 'arg':
        return this.write(`:${expr.name}`);
      case 'listArg':
        return this.write(`::${expr.name}`);
      case 'param':
        return this.write('?');
      case 'column':
        return this.column(expr);
      case 'userVar':
        return this.write('@' + (/^[\w.$]+$/.test(expr.name) ? expr.name : backquote(expr.name)));
      case 'systemVar':
        return this.write(`@@${expr.scope ? `${expr.scope}.` : ''}${quoteVariable(expr.name)}`);
      case 'default':
        this.write('default');
        return expr.column && this.inParentheses(() => this.column(expr.column!));
      case 'valuesOf':
        this.write('values');
        return this.inParentheses(() => this.column(expr.column));
      case 'keyword':
        return this.write(/^\w+$/.test(expr.word) ? expr.word : backquote(expr.word));
      case 'nextValue':
        this.write(expr.previous ? 'previous value for ' : 'next value for ');
        return this.tableName(expr.sequence);
      default:
        return unreachable(expr);
    }
  }

  protected inParentheses(content: () => void): void {
    this.write('(');
    content();
    this.write(')');
  }

  protected column(column: Column): void {
    if (column.keyspace !== undefined) {
      this.name(column.keyspace);
      this.write('.');
    }
    if (column.table !== undefined) {
      this.name(column.table);
      this.write('.');
    }
    this.name(column.name);
  }

  protected literal(literal: Literal): void {
    const { type, value, charset } = literal;
    if (charset !== undefined) this.write(`_${charset} `);
    switch (type) {
      case 'string':
        return literal.encoding ? this.bytes(literal) : this.string(value);
      case 'nstring':
        this.write('N');
        return this.string(value);
      case 'hexnum':
        return this.write(`0x${value}`);
      case 'hexval':
        return this.write(`x'${value}'`);
      case 'bitnum':
        return this.write(`0b${value}`);
      case 'bitval':
        return this.write(`b'${value}'`);
      default:
        return this.write(value);
    }
  }

  /** A string that no text can hold: its bytes in hex, as a string rather than a number. */
  private bytes(literal: Literal): void {
    const hex = Buffer.from(literal.value, 'latin1').toString('hex');
    this.write(`${literal.charset === undefined ? '_binary ' : ''}x'${hex}'`);
  }

  private logical(expr: Extract<Expr, { kind: 'and' | 'or' | 'xor' | 'not' | 'assign' }>): void {
    switch (expr.kind) {
      case 'and':
        return this.list(expr.operands, (x) => this.operand(x, Precedence.AND + 1), ' and ');
      case 'or':
        return this.list(expr.operands, (x) => this.operand(x, Precedence.OR + 1), ' or ');
      case 'xor':
        this.operand(expr.left, Precedence.XOR);
        this.write(' xor ');
        return this.operand(expr.right, Precedence.XOR + 1);
      case 'not':
        // the same under HIGH_NOT_PRECEDENCE, where NOT binds tightly
        this.write('not ');
        return this.operand(expr.operand, Precedence.UNARY);
      case 'assign':
        this.expr(expr.target);
        this.write(' := ');
        return this.expr(expr.value);
      default:
        return unreachable(expr);
    }
  }

  private predicate(
    expr: Extract<Expr, { kind: 'comparison' | 'is' | 'between' | 'like' | 'regexp' | 'memberOf' | 'in' }>,
  ): void {
    if (expr.kind === 'comparison') {
      this.operand(expr.left, comparable(expr.left));
      this.write(` ${expr.op} `);
      if (expr.quantifier) this.write(`${expr.quantifier} `);
      return this.operand(expr.right, Precedence.COMPARISON + 1);
    }
    if (expr.kind === 'is') {
      this.operand(expr.operand, comparable(expr.operand));
      return this.write(` is ${expr.not ? 'not ' : ''}${expr.test}`);
    }
    this.operand(expr.operand, Precedence.BIT_OR);
    if (expr.kind !== 'memberOf' && expr.not) this.write(' not');
    switch (expr.kind) {
      case 'between':
        this.write(' between ');
        this.operand(expr.low, Precedence.BIT_OR);
        this.write(' and ');
        return this.operand(expr.high, Precedence.BIT_OR);
      case 'like':
        this.write(' like ');
        this.operand(expr.pattern, Precedence.UNARY);
        if (expr.escape === undefined) return;
        this.write(' escape ');
        return this.operand(expr.escape, Precedence.UNARY);
      case 'regexp':
        this.write(' regexp ');
        return this.operand(expr.pattern, Precedence.BIT_OR);
      case 'memberOf':
        this.write(' member of ');
        return this.inParentheses(() => this.expr(expr.array));
      case 'in':
        this.write(' in ');
        return this.expr(expr.right);
      default:
        return unreachable(expr);
    }
  }

  private operation(expr: Extract<Expr, { kind: 'unary' | 'binary' | 'collate' | 'interval' }>): void {
    switch (expr.kind) {
      case 'unary': {
        // no `--`, which may start a comment, and no `- -`'s cousin `binary` without its blank
        const apart = expr.op === 'binary' || expr.operand.kind === 'unary';
        this.write(expr.op + (apart ? ' ' : ''));
        return this.operand(expr.operand, Precedence.UNARY);
      }
      case 'binary':
        return this.binary(expr);
      case 'collate':
        this.operand(expr.operand, Precedence.COLLATE);
        return this.write(` collate ${quoteCharset(expr.collation)}`);
      case 'interval':
        this.write('interval ');
        this.operand(expr.value, Precedence.BIT_OR);
        return this.write(` ${expr.unit}`);
      default:
        return unreachable(expr);
    }
  }

  private binary(expr: Extract<Expr, { kind: 'binary' }>): void {
    if (expr.op === '->' || expr.op === '->>') return this.jsonExtraction(expr);
    const precedence = precedenceOf(expr);
    this.operand(expr.left, precedence);
    this.write(` ${expr.op} `);
    this.operand(expr.right, precedence + 1);
  }

  /** MariaDB has no `->`. */
  private jsonExtraction(expr: Extract<Expr, { kind: 'binary' }>): void {
    if (this.options.dialect !== 'mariadb') {
      this.operand(expr.left, Precedence.OPERAND);
      this.write(` ${expr.op} `);
      return this.operand(expr.right, Precedence.OPERAND);
    }
    this.write(expr.op === '->>' ? 'json_unquote(json_extract(' : 'json_extract(');
    this.expr(expr.left);
    this.write(', ');
    this.expr(expr.right);
    this.write(expr.op === '->>' ? '))' : ')');
  }

  private grouping(expr: Extract<Expr, { kind: 'exists' | 'subquery' | 'tuple' | 'case' }>): void {
    switch (expr.kind) {
      case 'exists':
        this.write('exists ');
        return this.inParentheses(() => this.query(expr.query));
      case 'subquery':
        return this.inParentheses(() => this.query(expr.query));
      case 'tuple':
        return this.inParentheses(() => this.exprs(expr.items));
      case 'case':
        return this.case(expr);
      default:
        return unreachable(expr);
    }
  }

  private case(expr: Case): void {
    this.write('case');
    if (expr.operand) {
      this.write(' ');
      this.expr(expr.operand);
    }
    for (const { when, then } of expr.whens) {
      this.write(' when ');
      this.expr(when);
      this.write(' then ');
      this.expr(then);
    }
    if (expr.otherwise) {
      this.write(' else ');
      this.expr(expr.otherwise);
    }
    this.write(' end');
  }

  protected abstract call(expr: CallExpr): void;
}

export type CallExpr = Extract<
  Expr,
  {
    kind:
      | 'function'
      | 'aggregate'
      | 'window'
      | 'cast'
      | 'convertUsing'
      | 'extract'
      | 'trim'
      | 'match'
      | 'weightString'
      | 'char'
      | 'jsonValue';
  }
>;

/** A comparison may be compared further, IS may not. */
function comparable(expr: Expr): number {
  return expr.kind === 'is' ? Precedence.COMPARISON + 1 : Precedence.COMPARISON;
}
