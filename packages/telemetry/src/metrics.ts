import { assert } from '@vitess-ts/base';

/** Each kind of metric renders itself in the two forms that are served. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** What `/debug/vars` shows, in the shape of Go's expvar as Vitess fills it. */
  toVar(): unknown;
  /** Prometheus samples, without HELP and TYPE. `name` has its prefix already. */
  toSamples(name: string): Sample[];
  readonly prometheusType: 'counter' | 'gauge' | 'histogram' | undefined;
}

export interface Sample {
  name: string;
  labels: readonly (readonly [name: string, value: string])[];
  value: number;
}

/** A number that only grows. */
export class Counter implements Metric {
  readonly prometheusType = 'counter';
  private total = 0;

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  add(delta = 1): void {
    this.total += delta;
  }

  get value(): number {
    return this.total;
  }

  toVar(): number {
    return this.total;
  }

  toSamples(name: string): Sample[] {
    return [{ name, labels: [], value: this.total }];
  }
}

/** A number that goes up and down. */
export class Gauge implements Metric {
  readonly prometheusType = 'gauge';
  private current = 0;

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  set(value: number): void {
    this.current = value;
  }

  add(delta: number): void {
    this.current += delta;
  }

  get value(): number {
    return this.current;
  }

  toVar(): number {
    return this.current;
  }

  toSamples(name: string): Sample[] {
    return [{ name, labels: [], value: this.current }];
  }
}

/** A number that is computed when someone looks: a gauge, or a counter kept elsewhere. */
export class FunctionMetric implements Metric {
  constructor(
    readonly name: string,
    readonly help: string,
    readonly prometheusType: 'counter' | 'gauge',
    private readonly read: () => number,
  ) {}

  toVar(): number {
    return this.read();
  }

  toSamples(name: string): Sample[] {
    return [{ name, labels: [], value: this.read() }];
  }
}

/** A time that is computed when someone looks: nanoseconds in `/debug/vars`, seconds in Prometheus, as Vitess has it. */
export class DurationMetric implements Metric {
  constructor(
    readonly name: string,
    readonly help: string,
    readonly prometheusType: 'counter' | 'gauge',
    private readonly readMs: () => number,
  ) {}

  toVar(): number {
    return Math.round(this.readMs() * 1e6);
  }

  toSamples(name: string): Sample[] {
    return [{ name, labels: [], value: this.readMs() / 1000 }];
  }
}

/** Any JSON value under `/debug/vars`; Prometheus has no form for it. */
export class PublishedValue implements Metric {
  readonly prometheusType = undefined;

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly read: () => unknown,
  ) {}

  toVar(): unknown {
    return this.read();
  }

  toSamples(): Sample[] {
    return [];
  }
}

/** Label values of a family are joined with this in `/debug/vars`, so it is replaced inside them. */
const separator = '.';

/** The members of a metric with labels. */
export class Family<M> {
  private readonly members = new Map<string, { values: readonly string[]; member: M }>();
  private readonly overflowKey: string;

  constructor(
    readonly labelNames: readonly string[],
    private readonly create: () => M,
    private readonly options: { combined: ReadonlySet<string>; maxMembers: number },
  ) {
    assert(labelNames.length > 0, 'a metric family needs a label');
    this.overflowKey = labelNames.map(() => 'other').join(separator);
  }

  /** The member for these label values, made on first use. Keep it where speed matters. */
  get(values: readonly string[]): M {
    assert(
      values.length === this.labelNames.length,
      `labels ${this.labelNames.join(', ')} need a value each`,
    );
    let key = values.length === 1 ? values[0] : values.join(separator);
    let found = this.members.get(key);
    if (found) return found.member;
    let kept = this.labelNames.map((name, i) =>
      this.options.combined.has(name) ? 'all' : values[i].replaceAll(separator, '_'),
    );
    key = kept.join(separator);
    found = this.members.get(key);
    if (found) return found.member;
    // Label values may come from users (table names, say): past the limit they share one member.
    if (this.members.size >= this.options.maxMembers && key !== this.overflowKey) {
      kept = kept.map(() => 'other');
      key = this.overflowKey;
      found = this.members.get(key);
      if (found) return found.member;
    }
    const member = this.create();
    this.members.set(key, { values: kept, member });
    return member;
  }

  *entries(): IterableIterator<[key: string, values: readonly string[], member: M]> {
    for (const [key, { values, member }] of this.members) yield [key, values, member];
  }

  labels(values: readonly string[]): (readonly [string, string])[] {
    return this.labelNames.map((name, i) => [snakeCase(name), values[i]] as const);
  }
}

/** Counters, or gauges, that differ in their labels' values. */
export class MetricVec<M extends Counter | Gauge> implements Metric {
  constructor(
    readonly name: string,
    readonly help: string,
    readonly prometheusType: 'counter' | 'gauge',
    private readonly family: Family<M>,
  ) {}

  /** The member for these label values, in the order of the label names. */
  labels(...values: string[]): M {
    return this.family.get(values);
  }

  toVar(): Record<string, number> {
    return Object.fromEntries([...this.family.entries()].map(([key, , member]) => [key, member.value]));
  }

  toSamples(name: string): Sample[] {
    return [...this.family.entries()].map(([, values, member]) => ({
      name,
      labels: this.family.labels(values),
      value: member.value,
    }));
  }
}

export type CounterVec = MetricVec<Counter>;
export type GaugeVec = MetricVec<Gauge>;

/** `QueryExecutions` as Prometheus spells it: `query_executions`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9_]/g, '_')
    .toLowerCase();
}
