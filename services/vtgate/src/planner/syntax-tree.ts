import type { Column, Expr, Query, Subquery } from '@vitess-ts/sqlparser';

/** Any part of a syntax tree: a node, or a plain record such as an ORDER BY item. */
export type Part = object;

/** A part with a `kind`, as the visitor functions see it. */
export interface Kinded {
  kind: string;
}

const isKinded = (part: object): part is Kinded => typeof (part as Partial<Kinded>).kind === 'string';

/**
 * A copy of a tree in which `replace` has taken the place of parts: called for each node from the root down, it
 * returns the new node, which is not entered, or undefined to go on inside. Parts without a change stay themselves.
 */
export function rewrite<T extends Part>(part: T, replace: (node: Kinded) => Part | undefined): T {
  if (isKinded(part)) {
    const replaced = replace(part);
    if (replaced !== undefined) return replaced as T;
  }
  if (Array.isArray(part)) {
    let copy: unknown[] | undefined;
    for (let i = 0; i < part.length; i++) {
      const value: unknown = part[i];
      if (typeof value !== 'object' || value === null) continue;
      const next = rewrite(value, replace);
      if (next !== value) (copy ??= [...(part as unknown[])])[i] = next;
    }
    return (copy ?? part) as T;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(part) as [string, unknown][]) {
    if (typeof value !== 'object' || value === null) continue;
    const next = rewrite(value, replace);
    if (next !== value) (copy ??= { ...part } as Record<string, unknown>)[key] = next;
  }
  return (copy ?? part) as T;
}

/** A copy of a tree with each part that `replaced` knows in its new form. */
export function substitute<T extends Part>(part: T, replaced: ReadonlyMap<object, object>): T {
  const known = replaced.get(part);
  if (known !== undefined) return known as T;
  if (Array.isArray(part)) {
    let copy: unknown[] | undefined;
    for (let i = 0; i < part.length; i++) {
      const value: unknown = part[i];
      if (typeof value !== 'object' || value === null) continue;
      const next = substitute(value, replaced);
      if (next !== value) (copy ??= [...(part as unknown[])])[i] = next;
    }
    return (copy ?? part) as T;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(part) as [string, unknown][]) {
    if (typeof value !== 'object' || value === null) continue;
    const next = substitute(value, replaced);
    if (next !== value) (copy ??= { ...part } as Record<string, unknown>)[key] = next;
  }
  return (copy ?? part) as T;
}

/** Visits each node from the root down; `visit` returns false to leave out what is inside a node. */
export function walk(part: Part, visit: (node: Kinded) => boolean | void): void {
  if (isKinded(part) && visit(part) === false) return;
  for (const value of (Array.isArray(part) ? part : Object.values(part)) as unknown[]) {
    if (typeof value === 'object' && value !== null) walk(value, visit);
  }
}

export function contains(part: Part, test: (node: Kinded) => boolean): boolean {
  let found = false;
  walk(part, (node) => {
    found ||= test(node);
    return !found;
  });
  return found;
}

/** The conjuncts of a condition; none without one. */
export function conjuncts(condition: Expr | undefined): Expr[] {
  if (condition === undefined) return [];
  return condition.kind === 'and' ? condition.operands.flatMap(conjuncts) : [condition];
}

export function conjunction(operands: readonly Expr[]): Expr | undefined {
  if (operands.length === 0) return undefined;
  return operands.length === 1 ? operands[0] : { kind: 'and', operands: [...operands] };
}

export function intLiteral(n: number): Expr {
  return { kind: 'literal', type: 'int', value: String(n) };
}

export const isColumn = (node: Kinded): node is Column => node.kind === 'column';

const queryKinds = new Set(['select', 'setOperation', 'values', 'tableQuery', 'nested']);
export const isQuery = (node: Kinded): node is Query => queryKinds.has(node.kind);

/** True for an expression with a query inside. */
export const hasSubquery = (part: Part): boolean => contains(part, isQuery);

/** The queries directly inside an expression, not those inside them. */
export function subqueriesOf(part: Part): Query[] {
  const found: Query[] = [];
  walk(part, (node) => {
    if (!isQuery(node)) return true;
    found.push(node);
    return false;
  });
  return found;
}

export const isSubquery = (node: Kinded): node is Subquery => node.kind === 'subquery';
