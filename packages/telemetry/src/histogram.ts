import { assert } from '@vitess-ts/base';
import { Family, type Metric, type Sample } from './metrics';

/** Counts of observed values by upper bound. */
export class Distribution {
  private readonly buckets: Float64Array;
  count = 0;
  sum = 0;

  constructor(readonly bounds: readonly number[]) {
    this.buckets = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]) bucket++;
    this.buckets[bucket]++;
    this.count++;
    this.sum += value;
  }

  /** The shape of expvar: each bucket's own count by its bound, then the totals. */
  toVar(countLabel: string, totalLabel: string): Record<string, number> {
    const out: Record<string, number> = {};
    this.bounds.forEach((bound, i) => (out[String(bound)] = this.buckets[i]));
    out.inf = this.buckets[this.bounds.length];
    out[countLabel] = this.count;
    out[totalLabel] = Math.round(this.sum);
    return out;
  }

  /** Prometheus samples; the buckets are cumulative there. `unit` divides bounds and sum. */
  toSamples(name: string, labels: Sample['labels'], unit: number): Sample[] {
    let cumulated = 0;
    const samples = this.bounds.map((bound, i) => {
      cumulated += this.buckets[i];
      return bucketSample(name, labels, String(bound / unit), cumulated);
    });
    return [
      ...samples,
      bucketSample(name, labels, '+Inf', this.count),
      { name: `${name}_sum`, labels, value: this.sum / unit },
      { name: `${name}_count`, labels, value: this.count },
    ];
  }
}

const bucketSample = (name: string, labels: Sample['labels'], bound: string, value: number): Sample => ({
  name: `${name}_bucket`,
  labels: [...labels, ['le', bound]],
  value,
});

/** How sizes (rows, bytes) are distributed. */
export class Histogram implements Metric {
  readonly prometheusType = 'histogram';
  private readonly distribution: Distribution;

  constructor(
    readonly name: string,
    readonly help: string,
    bounds: readonly number[],
  ) {
    assert(
      bounds.length > 0 && bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]),
      'histogram bounds must ascend',
    );
    this.distribution = new Distribution(bounds);
  }

  observe(value: number): void {
    this.distribution.observe(value);
  }

  toVar(): unknown {
    return this.distribution.toVar('Count', 'Total');
  }

  toSamples(name: string): Sample[] {
    return this.distribution.toSamples(name, [], 1);
  }
}

/** Upper bounds in nanoseconds: half a millisecond to ten seconds. */
export const timingBounds: readonly number[] = Object.freeze([
  5e5, 1e6, 5e6, 1e7, 5e7, 1e8, 5e8, 1e9, 5e9, 1e10,
]);

/** One member of `Timings`. */
export class Timing {
  private readonly distribution = new Distribution(timingBounds);

  constructor(private readonly total: { count: number; timeNs: number }) {}

  /** @param durationMs milliseconds, with fractions; a negative one counts as zero. */
  record(durationMs: number): void {
    const ns = Math.max(0, durationMs) * 1e6;
    this.distribution.observe(ns);
    this.total.count++;
    this.total.timeNs += ns;
  }

  get count(): number {
    return this.distribution.count;
  }

  toVar(): unknown {
    return this.distribution.toVar('Count', 'Time');
  }

  toSamples(name: string, labels: Sample['labels']): Sample[] {
    return this.distribution.toSamples(name, labels, 1e9);
  }
}

/** How long things take, by label; nanoseconds in `/debug/vars`, seconds in Prometheus. */
export class Timings implements Metric {
  readonly prometheusType = 'histogram';
  private readonly total = { count: 0, timeNs: 0 };
  private readonly family: Family<Timing>;

  constructor(
    readonly name: string,
    readonly help: string,
    labelNames: readonly string[],
    options: { combined: ReadonlySet<string>; maxMembers: number },
  ) {
    this.family = new Family(labelNames, () => new Timing(this.total), options);
  }

  /** Observations of all members together. */
  get count(): number {
    return this.total.count;
  }

  /** The member for these label values, in the order of the label names. */
  labels(...values: string[]): Timing {
    return this.family.get(values);
  }

  toVar(): unknown {
    return {
      TotalCount: this.total.count,
      TotalTime: Math.round(this.total.timeNs),
      Histograms: Object.fromEntries(
        [...this.family.entries()].map(([key, , timing]) => [key, timing.toVar()]),
      ),
    };
  }

  toSamples(name: string): Sample[] {
    return [...this.family.entries()].flatMap(([, values, timing]) =>
      timing.toSamples(name, this.family.labels(values)),
    );
  }
}
