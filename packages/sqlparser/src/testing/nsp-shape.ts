import { createRequire } from 'node:module';
import { LITERAL, NotCompared, node } from './tree-shape';

type Json = Record<string, unknown>;

interface NspParser {
  astify(sql: string, options: { database: string }): unknown;
}

/** node-sql-parser's tree of a statement, as `treeShape` gives ours. */
export class NspShapes {
  private readonly parser: NspParser;

  constructor(private readonly database: 'mysql' | 'mariadb' = 'mysql') {
    const module = createRequire(__filename)(`node-sql-parser/build/${database}`) as {
      Parser: new () => NspParser;
    };
    this.parser = new module.Parser();
  }

  shape(sql: string): string {
    let tree: unknown;
    try {
      tree = this.parser.astify(sql, { database: this.database });
    } catch {
      throw new NotCompared('node-sql-parser refuses it');
    }
    return statementShape(object(Array.isArray(tree) ? tree[0] : tree));
  }
}

const literalTypes = new Set(
  (
    'number bigint bool boolean null string single_quote_string double_quote_string hex_string full_hex_string ' +
    'bit_string date time timestamp datetime param'
  ).split(' '),
);

const isObject = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x);

function object(x: unknown): Json {
  if (isObject(x)) return x;
  throw new NotCompared(
    `node-sql-parser has ${Array.isArray(x) ? 'a list' : typeof x} where a node should be`,
  );
}

function array(x: unknown): Json[] {
  return Array.isArray(x) ? x.map(object) : [];
}

/** A name: text, or an object that holds it. */
function name(x: unknown): string {
  if (typeof x === 'string') return x.toLowerCase().replaceAll('``', '`');
  const { value, expr } = object(x);
  return name(expr ?? value);
}

function statementShape(tree: Json): string {
  switch (tree.type) {
    case 'select':
      return queryShape(tree);
    case 'insert':
    case 'replace': {
      const values = object(tree.values ?? {});
      const source = values.type === 'values' ? array(values.values).map(rowShape) : [queryShape(values)];
      const columns = Array.isArray(tree.columns) ? tree.columns.map(name) : [];
      const update = isObject(tree.on_duplicate_update) ? array(tree.on_duplicate_update.set) : [];
      return node(tree.type, tableName(array(tree.table)[0]), ...columns, ...source, ...update.map(setShape));
    }
    case 'update':
      return node(
        'update',
        ...from(tree.table),
        ...array(tree.set).map(setShape),
        clause('where', tree.where),
        tail(tree),
      );
    case 'delete': {
      const targets = array(tree.table).filter((table) => table.addition !== true);
      return node(
        'delete',
        ...targets.map(tableName),
        ...from(tree.from),
        clause('where', tree.where),
        tail(tree),
      );
    }
    default:
      throw new NotCompared(`node-sql-parser's ${String(tree.type)}`);
  }
}

function rowShape(row: Json): string {
  return node('row', ...array(row.value).map(exprShape));
}

function setShape(set: Json): string {
  return node('set', name(set.column), exprShape(object(set.value)));
}

function queryShape(first: Json): string {
  const ctes = ctesOf(first);
  let shape = selectShape(first, isObject(first._next) ? [] : ctes);
  let last = first;
  for (let op = first.set_op; isObject(last._next); op = last.set_op) {
    const next = last._next;
    const word = String(op).toLowerCase().replace(' distinct', '');
    if (!word.startsWith('union') || next.parentheses_symbol || first.parentheses_symbol) {
      throw new NotCompared('set operation with parentheses');
    }
    shape = node(
      word,
      ...(next._next ? [] : ctes),
      shape,
      selectShape({ ...next, orderby: null, limit: null }, []),
      tail({ orderby: next._orderby ?? next.orderby, limit: next._limit ?? next.limit }),
    );
    last = next;
  }
  return shape;
}

function ctesOf(tree: Json): string[] {
  return array(tree.with).map((cte) => {
    const statement = object(cte.stmt);
    return node('with', name(cte.name), queryShape(object(statement.ast ?? statement)));
  });
}

function selectShape(tree: Json, ctes: string[]): string {
  if (tree.type !== 'select') throw new NotCompared(`node-sql-parser's ${String(tree.type)}`);
  const group = isObject(tree.groupby) ? array(tree.groupby.columns) : array(tree.groupby);
  return node(
    'select',
    ...ctes,
    tree.distinct ? 'distinct' : '',
    ...(tree.columns === '*' ? ['*'] : array(tree.columns).map(itemShape)),
    ...from(tree.from),
    clause('where', tree.where),
    group.length > 0
      ? node('group', ...group.map((item) => exprShape(isObject(item.expr) ? item.expr : item)))
      : '',
    clause('having', tree.having),
    tail(tree),
  );
}

function tail({ orderby, limit }: Json): string {
  const order = array(orderby).map(
    ({ expr, type }) => exprShape(object(expr)) + (type === 'DESC' ? ' desc' : ''),
  );
  const count = isObject(limit) && Array.isArray(limit.value) ? limit.value.length : 0;
  return [order.length > 0 ? node('order', ...order) : '', count > 0 ? `limit${count}` : '']
    .filter(Boolean)
    .join(' ');
}

function clause(word: string, expr: unknown): string {
  return expr ? node(word, exprShape(object(expr))) : '';
}

function itemShape({ expr, as }: Json): string {
  return exprShape(object(expr)) + (as ? `/${name(as)}` : '');
}

function tableName({ db, table }: Json): string {
  return [db, table].filter(Boolean).map(name).join('.');
}

/** A flat list; `join` joins an entry with all since the last comma. */
function from(list: unknown): string[] {
  const out: string[] = [];
  for (const entry of array(list)) {
    if (entry.type === 'dual') continue;
    const shape = factor(entry);
    if (typeof entry.join !== 'string') {
      out.push(shape);
      continue;
    }
    const type = /left|right|straight/i.exec(entry.join)?.[0].toLowerCase() ?? 'inner';
    if (/natural/i.test(entry.join)) throw new NotCompared('NATURAL JOIN');
    const on = entry.on
      ? exprShape(object(entry.on))
      : node(...(Array.isArray(entry.using) ? entry.using : []).map(name));
    out.push(node(`${type} join`, out.pop(), shape, on));
  }
  return out;
}

function factor(entry: Json): string {
  const alias = entry.as ? `/${name(entry.as)}` : '';
  if (entry.expr === undefined) return tableName(entry) + alias;
  if (!isObject(entry.expr) || !isObject(entry.expr.ast)) throw new NotCompared('joins in parentheses');
  return `${queryShape(entry.expr.ast)}${alias}`;
}

function exprs(list: unknown): string[] {
  return array(list).map(exprShape);
}

function exprShape(expr: Json): string {
  if (isObject(expr.ast)) return queryShape(expr.ast);
  const type = String(expr.type);
  if (literalTypes.has(type)) return LITERAL;
  switch (type) {
    case 'column_ref':
      return [expr.db, expr.table, expr.column].filter(Boolean).map(name).join('.');
    case 'star':
      return '*';
    case 'binary_expr':
      return binaryShape(expr);
    case 'unary_expr': {
      const operand = exprShape(object(expr.expr));
      const operator = String(expr.operator).toLowerCase();
      if (operator === '-' && operand === LITERAL) return LITERAL;
      if (operator === 'not exists') return node('not', node('exists', operand));
      return node(operator === '!' ? 'not' : operator, operand);
    }
    case 'function':
      return functionShape(expr);
    case 'aggr_func': {
      if (expr.over) throw new NotCompared('window function');
      const args = object(expr.args);
      const inner = object(args.expr);
      return node(
        `${name(expr.name)}()`,
        ...(inner.type === 'expr_list' ? exprs(inner.value) : [exprShape(inner)]),
      );
    }
    case 'case':
      return caseShape(expr);
    case 'extract':
      return node('extract', exprShape(object(object(expr.args).source)));
    case 'cast':
      return node('cast', exprShape(object(expr.expr)));
    case 'interval':
      return node('interval', exprShape(object(expr.expr)), String(expr.unit).toLowerCase());
    case 'expr_list': {
      const items = exprs(expr.value);
      return items.length === 1 ? items[0] : node('row', ...items);
    }
    default:
      throw new NotCompared(`node-sql-parser's ${type}`);
  }
}

function binaryShape(expr: Json): string {
  const words: Record<string, string> = {
    '!=': '<>',
    '&&': 'and',
    '||': 'or',
    rlike: 'regexp',
    'not rlike': 'not regexp',
    mod: '%',
  };
  const written = String(expr.operator).toLowerCase();
  const operator = words[written] ?? written;
  const left = exprShape(object(expr.left));
  const right = object(expr.right);
  switch (operator) {
    case 'and':
    case 'or':
      return node(operator, ...[left, exprShape(right)].map((part) => spliced(operator, part)));
    case 'is':
    case 'is not':
      return node(operator, left);
    case 'in':
    case 'not in':
    case 'between':
    case 'not between':
      return node(
        operator,
        left,
        ...(right.type === 'expr_list' && !hasQuery(right) ? exprs(right.value) : [exprShape(right)]),
      );
    default:
      return node(operator, left, exprShape(right));
  }
}

function hasQuery({ value }: Json): boolean {
  const [first] = array(value);
  return first !== undefined && isObject(first.ast);
}

/** AND of ANDs is one AND. */
function spliced(operator: string, shape: string): string {
  const head = `(${operator} `;
  return shape.startsWith(head) ? shape.slice(head.length, -1) : shape;
}

function functionShape(expr: Json): string {
  if (expr.over) throw new NotCompared('window function');
  const parts = array(object(expr.name).name).map(({ value }) => name(value));
  if (parts.length !== 1) throw new NotCompared('qualified function');
  const args = isObject(expr.args) ? exprs(expr.args.value) : [];
  if (parts[0] === 'not exists') return node('not', node('exists', ...args));
  if (parts[0] === 'exists' || parts[0] === 'not') return node(parts[0], ...args);
  return node(`${/^(substr|mid)$/.test(parts[0]) ? 'substring' : parts[0]}()`, ...args);
}

function caseShape(expr: Json): string {
  const args = array(expr.args);
  const otherwise = args.find((arg) => arg.type === 'else');
  const whens = args
    .filter((arg) => arg.type === 'when')
    .flatMap((arg) => [exprShape(object(arg.cond)), exprShape(object(arg.result))]);
  const parts = [expr.expr, otherwise?.result].map((x) => (isObject(x) ? exprShape(x) : '-'));
  return node('case', ...parts, ...whens);
}
