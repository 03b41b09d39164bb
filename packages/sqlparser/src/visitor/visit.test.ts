import type { Expr, Statement } from '../ast';
import { parse, parseExpr } from '../parser/parse';
import { print, printExpr } from '../printer/print';
import { statements } from '../printer/statements.fixture';
import { rewrite, rewriteExpr, visit, type AnyNode } from './visit';

function kinds(node: AnyNode): string[] {
  const met: string[] = [];
  visit(node, { enter: ({ kind }) => void met.push(kind) });
  return met;
}

/** Every object of the tree that looks like a node of the visitor's unions, found without knowing the tree's shape. */
function allNodes(tree: unknown, into: string[] = []): string[] {
  if (Array.isArray(tree)) for (const child of tree) allNodes(child, into);
  else if (typeof tree === 'object' && tree !== null) {
    if ('kind' in tree && typeof tree.kind === 'string' && !uncounted.has(tree.kind)) into.push(tree.kind);
    for (const [key, child] of Object.entries(tree)) {
      if (key !== 'separator' && key !== 'like') allNodes(child, into);
    }
  }
  return into;
}

/** Parts that have a kind, but are no nodes of their own to a visitor. */
const uncounted = new Set(
  'rows setVariable setUserVariable setNames setCharacterSet localVar ordinality path'.split(' '),
);

describe('visit', () => {
  it.each(statements.map((x) => (typeof x === 'string' ? x : x[0])))('meets every node of %s', (sql) => {
    const tree = parse(sql);
    const nested = (kind: string): boolean => kind !== 'nested' || !sql.includes('json_table');
    expect(kinds(tree).sort()).toEqual(allNodes(tree).filter(nested).sort());
  });

  it('goes WITH, FROM, items, WHERE, ORDER BY', () => {
    const names: string[] = [];
    visit(parse('with w as (select 1 from a) select b from c where d order by e'), {
      enter: (node) => void (node.kind === 'column' || node.kind === 'table' ? names.push(node.name) : 0),
    });
    expect(names).toEqual(['a', 'c', 'b', 'd', 'e']);
  });

  it('leaves out children on request, and calls leave', () => {
    const seen: string[] = [];
    visit(parse('select (select a) + b'), {
      enter: (node) => node.kind !== 'subquery',
      leave: (node) => void seen.push(node.kind),
    });
    expect(seen).toEqual(['subquery', 'column', 'binary', 'selectExpr', 'select']);
  });
});

describe('rewrite', () => {
  const upper = (expr: Expr): Expr =>
    expr.kind === 'column' ? { ...expr, name: expr.name.toUpperCase() } : expr;

  it('replaces nodes and leaves the input alone', () => {
    const tree = parse('select a from t where b in (select c from u) group by d');
    const before = print(tree);
    expect(print(rewrite(tree, { expr: upper }))).toBe(
      'select A from t where B in (select C from u) group by D',
    );
    expect(print(tree)).toBe(before);
  });

  it('shares what did not change', () => {
    for (const statement of statements) {
      const tree = parse(typeof statement === 'string' ? statement : statement[0]);
      expect(rewrite(tree, { expr: (x) => x, query: (x) => x, table: (x) => x, item: (x) => x })).toBe(tree);
    }
    const tree = parse('select a from t where 1 = 1');
    const changed = rewrite(tree, { expr: upper });
    expect(changed.kind === 'select' && tree.kind === 'select' && changed.where === tree.where).toBe(true);
  });

  it('rewrites tables, queries and items', () => {
    const tree: Statement = parse('select t.a from ks.t join (select * from ks.u) as v');
    const moved = rewrite(tree, {
      table: (table) => (table.kind === 'table' ? { ...table, keyspace: undefined } : table),
      item: (item) => (item.kind === 'selectExpr' ? { ...item, alias: 'x' } : item),
      query: (query) => (query.kind === 'select' ? { ...query, distinct: true } : query),
    });
    expect(print(moved)).toBe('select distinct t.a as x from t join (select distinct * from u) as v');
  });

  it('does not enter what it is told not to', () => {
    const expr = rewriteExpr(parseExpr('a + (select b)'), {
      enter: (x) => x.kind !== 'subquery',
      expr: upper,
    });
    expect(printExpr(expr)).toBe('A + (select b)');
  });

  it('refuses a replacement that cannot stand there', () => {
    const tree = parse('update t set a = 1');
    expect(() => rewrite(tree, { expr: (x) => (x.kind === 'column' ? { kind: 'null' } : x) })).toThrow(
      /cannot become/,
    );
  });
});
