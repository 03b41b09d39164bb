import type { BindVariables, Result } from '@vitess-ts/sqltypes';
import type { ExecContext, Primitive, PrimitiveDescription } from '../primitive';
import { PrimitiveTrace } from './primitive-trace';
import { TraceContext } from './trace-context';

/**
 * A plan whose primitives are written down as they run. Primitives are immutable and shared: these are copies, for one
 * run each.
 */
export class TracedPlan {
  readonly primitive: Primitive;
  /** In the order in which a description prints them. */
  readonly traces: PrimitiveTrace[] = [];

  constructor(primitive: Primitive) {
    this.primitive = this.copy(primitive);
  }

  private copy(primitive: Primitive): Primitive {
    const trace = new PrimitiveTrace();
    this.traces.push(trace);
    const own = Object.entries(primitive).map(([name, value]) => [name, this.withCopies(value)] as const);
    // the prototype stays: primitives are told apart by their class
    const copy = Object.create(Object.getPrototypeOf(primitive) as object) as Primitive;
    Object.assign(copy, Object.fromEntries(own));
    const { execute, describe } = copy;
    copy.execute = (ctx: ExecContext, bindVariables: BindVariables): AsyncIterable<Result> =>
      counted(execute.call(copy, new TraceContext(ctx, trace), bindVariables), trace);
    copy.describe = (): PrimitiveDescription => {
      const description = describe.call(copy);
      return { ...description, other: { ...description.other, ...trace.describe() } };
    };
    return copy;
  }

  /** A primitive's inputs stand in its fields, in lists and in plain objects of options. */
  private withCopies(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (isPrimitive(value)) return this.copy(value);
    if (Array.isArray(value)) return value.map((item) => this.withCopies(item));
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.withCopies(item)]));
  }
}

function isPrimitive(value: object): value is Primitive {
  const { execute, fields, describe } = value as Partial<Primitive>;
  return [execute, fields, describe].every((method) => typeof method === 'function');
}

async function* counted(results: AsyncIterable<Result>, trace: PrimitiveTrace): AsyncGenerator<Result> {
  const run = trace.runs.push(0) - 1;
  for await (const result of results) {
    trace.runs[run] += result.rows.length;
    yield result;
  }
}
