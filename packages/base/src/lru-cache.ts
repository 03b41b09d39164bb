import { assert } from './assert';

export interface LruCacheOptions<K, V> {
  /** Most that the entries may weigh together, in the unit of `weigh`. */
  maxWeight: number;
  /** Weight of an entry, not negative; 1 for each when not given. Asked once, when the entry is set. */
  weigh?: (key: K, value: V) => number;
  /** Called for entries that make room for others or that `setMaxWeight` drops; not for deleted or replaced ones. */
  onEvict?: (key: K, value: V) => void;
}

export interface LruCacheStats {
  size: number;
  weight: number;
  maxWeight: number;
  hits: number;
  misses: number;
  evictions: number;
}

interface Entry<V> {
  value: V;
  weight: number;
}

/** A cache bounded by weight that drops what was used least recently. */
export class LruCache<K, V> {
  /** Least recently used first. */
  private readonly entries = new Map<K, Entry<V>>();
  private weight = 0;
  private hits = 0;
  private misses = 0;
  private evictions = 0;
  private maxWeight: number;

  constructor(private readonly options: LruCacheOptions<K, V>) {
    assert(options.maxWeight >= 0, 'maxWeight must not be negative');
    this.maxWeight = options.maxWeight;
  }

  get size(): number {
    return this.entries.size;
  }

  /** The value, which becomes the most recently used; counts a hit or a miss. */
  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    if (!entry) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** The value without counting and without touching the order. */
  peek(key: K): V | undefined {
    return this.entries.get(key)?.value;
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  /** Sets an entry and drops others to make room. False when it alone is too heavy: then nothing is held for the key. */
  set(key: K, value: V): boolean {
    const weight = this.options.weigh ? this.options.weigh(key, value) : 1;
    assert(weight >= 0, 'weight must not be negative');
    this.delete(key);
    if (weight > this.maxWeight) return false;
    this.entries.set(key, { value, weight });
    this.weight += weight;
    this.shrink();
    return true;
  }

  delete(key: K): boolean {
    const entry = this.entries.get(key);
    if (!entry) return false;
    this.entries.delete(key);
    this.weight -= entry.weight;
    return true;
  }

  /** Empties the cache; the counters stay. */
  clear(): void {
    this.entries.clear();
    this.weight = 0;
  }

  setMaxWeight(maxWeight: number): void {
    assert(maxWeight >= 0, 'maxWeight must not be negative');
    this.maxWeight = maxWeight;
    this.shrink();
  }

  /** Entries from the least to the most recently used. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const [key, entry] of this.entries) yield [key, entry.value];
  }

  stats(): LruCacheStats {
    const { size, weight, maxWeight, hits, misses, evictions } = this;
    return { size, weight, maxWeight, hits, misses, evictions };
  }

  private shrink(): void {
    for (const [key, entry] of this.entries) {
      if (this.weight <= this.maxWeight) return;
      this.entries.delete(key);
      this.weight -= entry.weight;
      this.evictions++;
      this.options.onEvict?.(key, entry.value);
    }
  }
}
