import { assert } from '@vitess-ts/base';
import { Histogram, Timings } from './histogram';
import {
  Counter,
  DurationMetric,
  Family,
  FunctionMetric,
  Gauge,
  MetricVec,
  PublishedValue,
  snakeCase,
  type CounterVec,
  type GaugeVec,
  type Metric,
  type Sample,
} from './metrics';

export interface RegistryOptions {
  /** Put before each Prometheus name: `vtgate`. */
  prefix: string;
  /** Metrics of these names are kept but not shown. */
  dropVariables?: readonly string[];
  /** Labels of these names have the one value `all`. */
  combineDimensions?: readonly string[];
  /** Most combinations of label values of one metric; 10000 when not given. Further ones share `other`. */
  maxMembers?: number;
}

/**
 * The metrics of one component. Names are CamelCase, as in Vitess's `/debug/vars`. Registering a name twice is a bug
 * and throws: a component makes its metrics once and hands them to its parts.
 */
export class MetricsRegistry {
  private readonly metrics = new Map<string, Metric>();
  private readonly dropped: ReadonlySet<string>;
  private readonly familyOptions: { combined: ReadonlySet<string>; maxMembers: number };

  constructor(private readonly options: RegistryOptions) {
    this.dropped = new Set(options.dropVariables);
    this.familyOptions = {
      combined: new Set(options.combineDimensions),
      maxMembers: options.maxMembers ?? 10_000,
    };
  }

  counter(name: string, help: string): Counter {
    return this.add(new Counter(name, help));
  }

  counterVec(name: string, help: string, labelNames: readonly string[]): CounterVec {
    const family = new Family(labelNames, () => new Counter(name, help), this.familyOptions);
    return this.add(new MetricVec(name, help, 'counter', family));
  }

  /** A counter that is kept elsewhere. */
  counterFunc(name: string, help: string, read: () => number): void {
    this.add(new FunctionMetric(name, help, 'counter', read));
  }

  gauge(name: string, help: string): Gauge {
    return this.add(new Gauge(name, help));
  }

  gaugeVec(name: string, help: string, labelNames: readonly string[]): GaugeVec {
    const family = new Family(labelNames, () => new Gauge(name, help), this.familyOptions);
    return this.add(new MetricVec(name, help, 'gauge', family));
  }

  gaugeFunc(name: string, help: string, read: () => number): void {
    this.add(new FunctionMetric(name, help, 'gauge', read));
  }

  /** A time that grows and is kept elsewhere, in milliseconds. */
  durationCounterFunc(name: string, help: string, readMs: () => number): void {
    this.add(new DurationMetric(name, help, 'counter', readMs));
  }

  /** A time that is kept elsewhere, in milliseconds. */
  durationGaugeFunc(name: string, help: string, readMs: () => number): void {
    this.add(new DurationMetric(name, help, 'gauge', readMs));
  }

  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    return this.add(new Histogram(name, help, bounds));
  }

  timings(name: string, help: string, ...labelNames: string[]): Timings {
    return this.add(new Timings(name, help, labelNames, this.familyOptions));
  }

  /** A JSON value for `/debug/vars` alone. */
  publish(name: string, help: string, read: () => unknown): void {
    this.add(new PublishedValue(name, help, read));
  }

  get(name: string): Metric | undefined {
    return this.metrics.get(name);
  }

  /** The object that `/debug/vars` shows, by name. */
  toVars(): Record<string, unknown> {
    return Object.fromEntries(this.shown().map((metric) => [metric.name, metric.toVar()]));
  }

  /** Prometheus text exposition format 0.0.4. */
  toPrometheus(): string {
    const lines: string[] = [];
    for (const metric of this.shown()) {
      if (!metric.prometheusType) continue;
      const name = `${this.options.prefix}_${snakeCase(metric.name)}`;
      lines.push(`# HELP ${name} ${metric.help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`);
      lines.push(`# TYPE ${name} ${metric.prometheusType}`);
      for (const sample of metric.toSamples(name)) lines.push(formatSample(sample));
    }
    return lines.length ? lines.join('\n') + '\n' : '';
  }

  private add<M extends Metric>(metric: M): M {
    assert(!this.metrics.has(metric.name), `metric ${metric.name} is registered already`);
    this.metrics.set(metric.name, metric);
    return metric;
  }

  private shown(): Metric[] {
    return [...this.metrics.values()]
      .filter((metric) => !this.dropped.has(metric.name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function formatSample({ name, labels, value }: Sample): string {
  const text = labels.map(([label, v]) => `${label}="${escapeLabel(v)}"`).join(',');
  return `${name}${text && `{${text}}`} ${formatValue(value)}`;
}

function formatValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

const escapeLabel = (value: string): string =>
  value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
