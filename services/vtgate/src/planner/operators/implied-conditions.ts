import type { Expr } from '@vitess-ts/sqlparser';
import { Type, isIntegral, isText } from '@vitess-ts/sqltypes';
import {
  boundColumn,
  isSubset,
  overlaps,
  tablesOf,
  type BoundColumn,
  type TableSet,
} from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import { isPure } from '../semantics/pure-functions';
import { conjunction, conjuncts, hasSubquery } from '../syntax-tree';
import { valueOf } from './value';

/** `(a and x) or (a and y)` as `a` and `x or y`: what all alternatives have in common can route, and join. */
export function factored(condition: Expr): Expr[] {
  if (condition.kind !== 'or') return [condition];
  const alternatives = condition.operands.map((operand) => conjuncts(operand).flatMap(factored));
  const [first, ...others] = alternatives.map((parts) => new Set(parts.map(exprKey)));
  const shared = new Set([...first].filter((key) => others.every((keys) => keys.has(key))));
  const common = alternatives[0].filter((part, i, all) => {
    const key = exprKey(part);
    return shared.has(key) && isRepeatable(part) && all.findIndex((other) => exprKey(other) === key) === i;
  });
  if (common.length === 0) return [condition];
  const taken = new Set(common.map(exprKey));
  const rests = alternatives.map((parts) => conjunction(parts.filter((part) => !taken.has(exprKey(part)))));
  const operands = rests.flatMap((rest) => (rest === undefined ? [] : [rest]));
  // An alternative without more conditions makes the others superfluous.
  return operands.length < rests.length ? common : [...common, { kind: 'or', operands }];
}

/** What an OR says of these tables alone, if each of its alternatives says something of them. */
export function impliedFor(condition: Expr, tables: TableSet): Expr | undefined {
  if (condition.kind !== 'or') return undefined;
  const operands: Expr[] = [];
  for (const operand of condition.operands) {
    const own = conjuncts(operand).filter((part) => {
      const used = tablesOf(part);
      return used !== 0n && isSubset(used, tables) && isRepeatable(part);
    });
    const all = conjunction(own);
    if (all === undefined) return undefined;
    operands.push(all);
  }
  return { kind: 'or', operands };
}

/** True for a condition that may be checked a second time. */
const isRepeatable = (condition: Expr): boolean => isPure(condition) && !hasSubquery(condition);

/** Columns that conditions make equal, directly or through others. */
export class ColumnEqualities {
  private readonly classes: { columns: Map<string, BoundColumn>; constants: Expr[] }[] = [];

  constructor(conditions: readonly Expr[]) {
    for (const condition of conditions) {
      if (condition.kind !== 'comparison' || condition.op !== '=' || condition.quantifier !== undefined)
        continue;
      const [left, right] = [boundColumn(condition.left), boundColumn(condition.right)];
      if (left !== undefined && right !== undefined) this.addEquality(left, right);
    }
    for (const condition of conditions) {
      if (condition.kind !== 'comparison' || condition.op !== '=' || condition.quantifier !== undefined)
        continue;
      this.addConstant(condition.left, condition.right);
      this.addConstant(condition.right, condition.left);
    }
  }

  /** Equalities that hold between columns of two sets of tables. */
  between(left: TableSet, right: TableSet): Expr[] {
    return this.classes.flatMap(({ columns }) => {
      const of = (tables: TableSet): BoundColumn | undefined =>
        [...columns.values()].find((column) => isSubset(column.tables, tables));
      const [a, b] = [of(left), of(right)];
      return a === undefined || b === undefined ? [] : [equality(a, b)];
    });
  }

  /** Equalities with constants that follow for columns which have none of their own. */
  constants(): Expr[] {
    return this.classes.flatMap(({ columns, constants }) => {
      const [constant] = constants;
      if (constant?.kind !== 'comparison') return [];
      const isDirect = (column: BoundColumn): boolean =>
        constants.some((c) => overlaps(tablesOf(c), column.tables) && mentions(c, column));
      const value = boundColumn(constant.left) === undefined ? constant.left : constant.right;
      return [...columns.values()].filter((c) => !isDirect(c)).map((c) => equality(c, value));
    });
  }

  private addEquality(left: BoundColumn, right: BoundColumn): void {
    if (!areExact(left, right)) return;
    const [a, b] = [this.classOf(left), this.classOf(right)];
    if (a === b) return;
    for (const [key, column] of b.columns) a.columns.set(key, column);
    this.classes.splice(this.classes.indexOf(b), 1);
  }

  private addConstant(column: Expr, value: Expr): void {
    const bound = boundColumn(column);
    if (bound === undefined || valueOf(value) === undefined || !isInteger(bound)) return;
    const found = this.classes.find(({ columns }) => columns.has(exprKey(bound)));
    found?.constants.push({ kind: 'comparison', op: '=', left: bound, right: value });
  }

  private classOf(column: BoundColumn): (typeof this.classes)[number] {
    const key = exprKey(column);
    const found = this.classes.find(({ columns }) => columns.has(key));
    if (found !== undefined) return found;
    const made = { columns: new Map([[key, column]]), constants: [] };
    this.classes.push(made);
    return made;
  }
}

const equality = (left: Expr, right: Expr): Expr => ({ kind: 'comparison', op: '=', left, right });

const mentions = (condition: Expr, column: BoundColumn): boolean =>
  condition.kind === 'comparison' &&
  [condition.left, condition.right].some((side) => exprKey(side) === exprKey(column));

/** Of such columns `a = b` and `b = c` make `a = c`. */
function areExact(a: BoundColumn, b: BoundColumn): boolean {
  if (a.item !== undefined || b.item !== undefined) return false;
  if (isInteger(a)) return isInteger(b);
  const [x, y] = [a.info, b.info];
  if (x?.type === undefined || x.type !== y?.type) return false;
  if (isText(x.type)) return x.collation !== undefined && x.collation === y.collation;
  return x.type === Type.DATE || x.type === Type.DECIMAL;
}

function isInteger({ info }: BoundColumn): boolean {
  return info?.type !== undefined && isIntegral(info.type) && info.type !== Type.YEAR;
}
