import type { Case, Expr, FunctionCall, In, Unary } from '@vitess-ts/sqlparser';
import type { BindVariables, Field, Row, Value } from '@vitess-ts/sqltypes';
import { MySqlFlag, Type } from '@vitess-ts/sqltypes';
import { formatDecimal, roundDecimal } from '../decimal';
import type { Decimal } from '../decimal';
import { formatDouble } from '../double';
import { arithmetic, isArithmetic, negate } from './arithmetic';
import { between, comparison, inList } from './comparison';
import type { InItem } from './comparison';
import { choose, coalesce, nullIf } from './conditional';
import type { ExprEnvironment, ExprOptions } from './environment';
import { is, junction, not, xor } from './logic';
import type { Datum, ExprNode } from './node';
import { asTruth } from './node';
import { NotExact } from './not-exact';
import { argument, column, constant, listArgument, literal } from './operand';
import { fieldOf, intType } from './static-type';
import type { StaticType } from './static-type';

/** An expression that is evaluated exactly as MySQL would. Immutable: shared by all executions of a plan. */
export interface CompiledExpr {
  /** The result's column: a reference's own, else one without a name. */
  readonly field: Field;
  /**
   * The value in MySQL's text form. Throws `SqlError` 1690 for a result out of range, also in a part that MySQL may
   * leave out (an item of IN behind the one that matches, say).
   */
  evaluate(row: Row, bindVariables: BindVariables): Value;
}

/** A condition: true only if it is neither false nor NULL. */
export type Predicate = (row: Row, bindVariables: BindVariables) => boolean;

/** MariaDB counts the letters of TRUE and FALSE as digits. */
const boolLiteralDigits = 5;

const defaults: Required<ExprOptions> = {
  divPrecisionIncrement: 4,
  maxScale: 38,
  noUnsignedSubtraction: false,
  collation: 45,
};

/**
 * Compiles arithmetic, comparisons, logic, CASE, IF, IFNULL, COALESCE and NULLIF over numbers, and over text and times
 * where they only pass through or compare as bytes. `not-exact` for everything else: MySQL has to evaluate it.
 */
export function compileExpr(expr: Expr, env: ExprEnvironment): CompiledExpr | 'not-exact' {
  const known = env.reference(expr);
  // What the rows have already passes through as it is, whatever its type.
  if (known) return { field: known.field, evaluate: (row) => row[known.index] };
  return exactly(() => {
    const node = new Compiler(env).compile(expr);
    const print = printer(node.type);
    return {
      field: fieldOf(node.type),
      evaluate: (row, bindVariables) => print(node.evaluate({ row, bindVariables })),
    };
  });
}

/** Compiles a condition of WHERE, HAVING or ON. */
export function compilePredicate(expr: Expr, env: ExprEnvironment): Predicate | 'not-exact' {
  return exactly(() => {
    const condition = asTruth(new Compiler(env).compile(expr));
    return (row, bindVariables) => condition({ row, bindVariables }) === true;
  });
}

function exactly<T>(compile: () => T): T | 'not-exact' {
  try {
    return compile();
  } catch (err) {
    if (err instanceof NotExact) return 'not-exact';
    throw err;
  }
}

function printer(type: StaticType): (value: Datum) => Value {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'int': {
      // These print zeros before the number, which is read without them here.
      if ((type.field.flags & MySqlFlag.ZEROFILL) !== 0 || type.field.type === Type.YEAR) {
        throw new NotExact('a result that is a YEAR or ZEROFILL');
      }
      return (value) => (value === null ? null : Buffer.from((value as bigint).toString()));
    }
    case 'decimal': {
      const scale = type.scale ?? 0;
      return (value) =>
        value === null ? null : Buffer.from(formatDecimal(roundDecimal(value as Decimal, scale)));
    }
    case 'double':
      return (value) => (value === null ? null : Buffer.from(formatDouble(value as number)));
    case 'bytes':
    case 'temporal':
      return (value) => value as Value;
  }
}

class Compiler {
  private readonly options: Required<ExprOptions>;
  /** Parts of the expression so far whose values come from rows. */
  private references = 0;

  constructor(private readonly env: ExprEnvironment) {
    this.options = { ...defaults, ...env.options };
  }

  compile(expr: Expr): ExprNode {
    const known = this.env.reference(expr);
    if (known) {
      this.references++;
      return column(known.index, known.field);
    }
    switch (expr.kind) {
      case 'literal':
        return literal(expr, this.options.collation);
      case 'null':
        return constant({ kind: 'null' }, null);
      case 'bool':
        return constant(intType(boolLiteralDigits, false), expr.value ? 1n : 0n);
      case 'arg':
        return argument(expr, this.env, this.options.collation);
      case 'unary':
        return this.unary(expr);
      case 'binary': {
        if (!isArithmetic(expr.op)) throw new NotExact(`operator ${expr.op}`);
        return arithmetic(expr.op, this.compile(expr.left), this.compile(expr.right), this.options);
      }
      case 'and':
      case 'or':
        return junction(
          expr.kind,
          expr.operands.map((o) => this.compile(o)),
        );
      case 'not':
        return not(this.compile(expr.operand));
      case 'xor':
        return xor(this.compile(expr.left), this.compile(expr.right));
      case 'comparison': {
        if (expr.quantifier) throw new NotExact('a comparison with a subquery');
        return comparison(expr.op, this.compile(expr.left), this.compile(expr.right));
      }
      case 'is':
        return is(this.compile(expr.operand), expr.test, expr.not);
      case 'between':
        return between(this.compile(expr.operand), this.compile(expr.low), this.compile(expr.high), expr.not);
      case 'in':
        return inList(this.compile(expr.operand), this.inItems(expr), expr.not);
      case 'case':
        return this.caseOf(expr);
      case 'function':
        return this.call(expr);
      default:
        throw new NotExact(`an expression of kind ${expr.kind}`);
    }
  }

  private unary(expr: Unary): ExprNode {
    const before = this.references;
    const operand = this.compile(expr.operand);
    switch (expr.op) {
      case '-':
        // MariaDB looks at a constant's value, and makes the negative of a negative one a DECIMAL.
        if (this.references === before && expr.operand.kind !== 'literal')
          throw new NotExact('minus of a constant');
        return negate(operand);
      case '+':
        return operand;
      case '!':
        return not(operand);
      default:
        throw new NotExact(`operator ${expr.op}`);
    }
  }

  private inItems(expr: In): InItem[] {
    const { right } = expr;
    switch (right.kind) {
      case 'tuple':
        return right.items.map((item) => {
          const node = this.compile(item);
          return { type: node.type, values: (scope) => [node.evaluate(scope)] };
        });
      case 'listArg': {
        const list = listArgument(right, this.env, this.options.collation);
        return [{ type: list.type, values: ({ bindVariables }) => list.elements(bindVariables) }];
      }
      case 'subquery':
        throw new NotExact('a subquery');
    }
  }

  private caseOf(expr: Case): ExprNode {
    const operand = expr.operand && this.compile(expr.operand);
    const branches = expr.whens.map(({ when, then }) => {
      const value = this.compile(when);
      return { when: operand ? comparison('=', operand, value) : value, then: this.compile(then) };
    });
    return choose(branches, expr.otherwise && this.compile(expr.otherwise));
  }

  private call(expr: FunctionCall): ExprNode {
    if (expr.keyspace !== undefined) throw new NotExact('a stored function');
    const args = expr.args.map((arg) => this.compile(arg));
    if (expr.name === 'coalesce' && args.length > 0) return coalesce(args);
    if (expr.name === 'ifnull' && args.length === 2) return coalesce(args);
    if (expr.name === 'if' && args.length === 3) return choose([{ when: args[0], then: args[1] }], args[2]);
    if (expr.name === 'nullif' && args.length === 2) return nullIf(args[0], args[1]);
    throw new NotExact(`function ${expr.name}`);
  }
}
