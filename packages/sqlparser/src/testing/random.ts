/** Pseudo-random numbers that a seed repeats. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  /** An integer from 0 to `n` - 1. */
  below(n: number): number {
    // xorshift32
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state % n;
  }

  chance(probability: number): boolean {
    return this.below(1 << 16) < probability * (1 << 16);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}
