import { assert, unreachable } from '@vitess-ts/base';
import { Type, type BindVariable, type BindVariables, type TypedValue } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';

/** A value that is known once the bind variables are: what vindexes, LIMIT and sequences work on. */
export type ValueExpression =
  | { kind: 'literal'; value: TypedValue }
  | { kind: 'bind'; name: string }
  | { kind: 'list'; name: string }
  | { kind: 'tuple'; items: ValueExpression[] };

function lookUp(name: string, bindVariables: BindVariables): BindVariable {
  const found = Object.hasOwn(bindVariables, name) ? bindVariables[name] : undefined;
  if (found === undefined) {
    throw new VtError(Code.INVALID_ARGUMENT, `missing bind variable ${name}`, { id: 'VT03026' });
  }
  return found;
}

/** The value of a single-valued expression. */
export function evaluateValue(expression: ValueExpression, bindVariables: BindVariables): TypedValue {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'bind': {
      const found = lookUp(expression.name, bindVariables);
      if (found.type === Type.TUPLE) {
        throw new VtError(Code.INVALID_ARGUMENT, `bind variable ${expression.name} is a list, not one value`);
      }
      return { type: found.type, value: found.value };
    }
    case 'list':
    case 'tuple':
      throw new VtError(Code.INVALID_ARGUMENT, 'a list stands where one value is expected', {
        errno: 1241,
        sqlstate: '21000',
      });
    default:
      return unreachable(expression);
  }
}

/** The values of a list (of an IN). */
export function evaluateList(expression: ValueExpression, bindVariables: BindVariables): TypedValue[] {
  if (expression.kind === 'tuple') return expression.items.map((item) => evaluateValue(item, bindVariables));
  assert(expression.kind === 'list', 'a list expression is a tuple or a list bind variable');
  const found = lookUp(expression.name, bindVariables);
  if (found.type !== Type.TUPLE) {
    throw new VtError(Code.INVALID_ARGUMENT, `bind variable ${expression.name} is one value, not a list`);
  }
  return found.values;
}

/** As `VEXPLAIN` prints it. */
export function describeValue(expression: ValueExpression): string {
  switch (expression.kind) {
    case 'literal':
      return expression.value.type === Type.NULL_TYPE ? 'null' : expression.value.value.toString();
    case 'bind':
      return `:${expression.name}`;
    case 'list':
      return `::${expression.name}`;
    case 'tuple':
      return `(${expression.items.map(describeValue).join(', ')})`;
    default:
      return unreachable(expression);
  }
}
