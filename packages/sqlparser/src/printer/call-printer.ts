import { unreachable } from '@vitess-ts/base';
import type {
  Aggregate,
  CastType,
  FrameBound,
  JsonOnResponse,
  JsonValue,
  Limit,
  Match,
  OrderItem,
  Trim,
  WindowCall,
  WindowSpec,
} from '../ast';
import {
  AT_TIME_ZONE,
  aggregateNames,
  bareFunctions,
  reservedFunctions,
  specialNames,
  windowNames,
} from '../parser/function-names';
import { Precedence } from '../precedence';
import { ExprPrinter, type CallExpr } from './expr-printer';
import { backquote, quoteCharset, quoteFunction } from './quote';

/** Calls and what belongs to them: window specifications, types, orders. */
export abstract class CallPrinter extends ExprPrinter {
  protected call(expr: CallExpr): void {
    switch (expr.kind) {
      case 'function':
        return this.functionCall(expr);
      case 'aggregate':
        return this.aggregate(expr);
      case 'window':
        return this.window(expr);
      case 'cast':
        this.write(expr.bare ? '' : 'cast(');
        this.expr(expr.operand);
        this.write(' as ');
        this.castType(expr.type);
        return this.write(expr.bare ? '' : ')');
      case 'convertUsing':
        this.write('convert(');
        this.expr(expr.operand);
        return this.write(` using ${quoteCharset(expr.charset)})`);
      case 'extract':
        this.write(`extract(${expr.unit} from `);
        this.expr(expr.operand);
        return this.write(')');
      case 'trim':
        return this.trim(expr);
      case 'match':
        return this.match(expr);
      case 'weightString':
        this.write('weight_string(');
        this.expr(expr.operand);
        if (expr.as) {
          this.write(' as ');
          this.castType(expr.as);
        }
        if (expr.levels !== undefined) this.write(` level ${expr.levels}`);
        return this.write(')');
      case 'char':
        this.write('char(');
        this.exprs(expr.args);
        return this.write(expr.charset === undefined ? ')' : ` using ${quoteCharset(expr.charset)})`);
      case 'jsonValue':
        return this.jsonValue(expr);
      default:
        return unreachable(expr);
    }
  }

  private functionCall(expr: Extract<CallExpr, { kind: 'function' }>): void {
    if (expr.name === AT_TIME_ZONE && expr.args.length === 2) {
      this.operand(expr.args[0], Precedence.OPERAND);
      this.write(` ${AT_TIME_ZONE} `);
      return this.expr(expr.args[1]);
    }
    if (expr.keyspace !== undefined) {
      this.name(expr.keyspace);
      this.write('.');
      if (expr.package !== undefined) {
        this.name(expr.package);
        this.write('.');
      }
    }
    this.write(functionName(expr.name, expr.args.length, expr.keyspace !== undefined));
    this.inParentheses(() => this.exprs(expr.args));
  }

  private aggregate(expr: Aggregate): void {
    this.write(`${expr.name}(`);
    if (expr.distinct) this.write('distinct ');
    if (expr.args.length === 0) this.write('*');
    this.exprs(expr.args);
    this.orderBy(expr.orderBy);
    if (expr.separator) {
      this.write(' separator ');
      this.literal(expr.separator);
    }
    if (expr.limit) this.limit(expr.limit);
    this.write(')');
  }

  private window(expr: WindowCall): void {
    this.write(`${expr.name}(`);
    if (expr.distinct) this.write('distinct ');
    if (expr.star) this.write('*');
    this.exprs(expr.args);
    this.write(')');
    if (expr.withinGroup) {
      this.write(' within group (order by ');
      this.orderItems(expr.withinGroup);
      this.write(')');
    }
    if (expr.fromLast) this.write(' from last');
    if (expr.nulls) this.write(` ${expr.nulls} nulls`);
    this.write(' over ');
    if (typeof expr.over === 'string') this.name(expr.over);
    else this.windowSpec(expr.over);
  }

  protected windowSpec(spec: WindowSpec): void {
    this.write('(');
    let separator = '';
    const part = (write: () => void): void => {
      this.write(separator);
      write();
      separator = ' ';
    };
    if (spec.base !== undefined) part(() => this.name(spec.base!));
    if (spec.partitionBy.length > 0) {
      part(() => this.write('partition by '));
      this.exprs(spec.partitionBy);
    }
    if (spec.orderBy.length > 0) {
      part(() => this.write('order by '));
      this.orderItems(spec.orderBy);
    }
    const { frame } = spec;
    if (frame) {
      part(() => this.write(frame.end ? `${frame.unit} between ` : `${frame.unit} `));
      this.frameBound(frame.start);
      if (frame.end) {
        this.write(' and ');
        this.frameBound(frame.end);
      }
      if (frame.exclude) this.write(` exclude ${frame.exclude}`);
    }
    this.write(')');
  }

  private frameBound(bound: FrameBound): void {
    if (bound.value) {
      this.operand(bound.value, Precedence.BIT_OR);
      this.write(' ');
    }
    this.write(bound.type);
  }

  protected orderItems(items: readonly OrderItem[]): void {
    this.list(items, (item) => {
      this.expr(item.expr);
      if (item.desc) this.write(' desc');
    });
  }

  protected orderBy(items: readonly OrderItem[]): void {
    if (items.length === 0) return;
    this.write(' order by ');
    this.orderItems(items);
  }

  protected limit(limit: Limit | undefined): void {
    if (!limit) return;
    if (limit.withTies) return this.fetchWithTies(limit);
    this.write(' limit ');
    if (limit.offset) {
      this.expr(limit.offset);
      this.write(', ');
    }
    this.expr(limit.count);
    if (limit.rowsExamined) {
      this.write(' rows examined ');
      this.expr(limit.rowsExamined);
    }
  }

  private fetchWithTies({ offset, count }: Limit): void {
    if (offset) {
      this.write(' offset ');
      this.expr(offset);
      this.write(' rows');
    }
    this.write(' fetch first ');
    this.expr(count);
    this.write(' rows with ties');
  }

  private castType(type: CastType): void {
    this.write(type.name);
    if (type.length !== undefined) {
      this.write(type.scale === undefined ? `(${type.length})` : `(${type.length}, ${type.scale})`);
    }
    if (type.charset !== undefined) this.write(` character set ${quoteCharset(type.charset)}`);
    if (type.collation !== undefined) this.write(` collate ${quoteCharset(type.collation)}`);
    if (type.array) this.write(' array');
  }

  private trim(expr: Trim): void {
    this.write('trim(');
    if (expr.direction) this.write(`${expr.direction} `);
    if (expr.remove) {
      this.expr(expr.remove);
      this.write(' ');
    }
    if (expr.direction || expr.remove) this.write('from ');
    this.expr(expr.operand);
    this.write(')');
  }

  private match(expr: Match): void {
    this.write('match(');
    this.list(expr.columns, (column) => this.column(column));
    this.write(') against (');
    this.operand(expr.against, Precedence.BIT_OR);
    switch (expr.mode) {
      case undefined:
        break;
      case 'query expansion':
        this.write(' with query expansion');
        break;
      case 'natural language with query expansion':
        this.write(' in natural language mode with query expansion');
        break;
      default:
        this.write(` in ${expr.mode} mode`);
    }
    this.write(')');
  }

  private jsonValue(expr: JsonValue): void {
    this.write('json_value(');
    this.expr(expr.document);
    this.write(', ');
    this.expr(expr.path);
    if (expr.returning) {
      this.write(' returning ');
      this.castType(expr.returning);
    }
    this.jsonResponses(expr);
    this.write(')');
  }

  protected jsonResponses(node: { onEmpty?: JsonOnResponse; onError?: JsonOnResponse }): void {
    this.jsonResponse(node.onEmpty, 'empty');
    this.jsonResponse(node.onError, 'error');
  }

  private jsonResponse(response: JsonOnResponse | undefined, on: string): void {
    if (!response) return;
    this.write(` ${response.type}`);
    if (response.type === 'default') {
      this.write(' ');
      this.expr(response.value);
    }
    this.write(` on ${on}`);
  }
}

/**
 * The name of a plain call. One that is spelt like an aggregate or a function with a syntax of its own, and still is a
 * plain call, was quoted.
 */
function functionName(name: string, args: number, qualified: boolean): string {
  if (qualified) return quoteFunction(name, () => false);
  const keywordCall = name === 'get_format' || name === 'timestampadd' || name === 'timestampdiff';
  const substring = name === 'substring' && args >= 1;
  const special = aggregateNames.has(name) || (specialNames.has(name) && !keywordCall && !substring);
  if (special) return backquote(name);
  return quoteFunction(
    name,
    (word) => reservedFunctions.has(word) || bareFunctions.has(word) || windowNames.has(name),
  );
}
