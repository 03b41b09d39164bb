import { printExpr, type Expr } from '@vitess-ts/sqlparser';
import { rewrite } from '../syntax-tree';
import { isBound } from './bound';

/** A text that two expressions share when they mean the same: `a`, `t.a` and `ks.t.A` are one column. */
export function exprKey(expr: Expr): string {
  return printExpr(
    rewrite(expr, (node) =>
      isBound(node) && node.item === undefined
        ? { kind: 'column', name: node.name.toLowerCase(), table: node.tables.toString() }
        : undefined,
    ),
  );
}
