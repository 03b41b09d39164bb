import { LruCache } from './lru-cache';

describe('LruCache', () => {
  test('drops what was used least recently', () => {
    const evicted: string[] = [];
    const cache = new LruCache<string, number>({ maxWeight: 2, onEvict: (key) => evicted.push(key) });
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect(evicted).toEqual(['b']);
    expect(cache.get('b')).toBeUndefined();
    expect(cache.stats()).toMatchObject({ size: 2, hits: 1, misses: 1, evictions: 1 });
  });

  test('is bounded by weight', () => {
    const cache = new LruCache<string, string>({ maxWeight: 10, weigh: (_, value) => value.length });
    cache.set('a', '12345');
    cache.set('b', '12345');
    cache.set('b', '123456');
    expect([...cache].map(([key]) => key)).toEqual(['b']);
    expect(cache.stats().weight).toBe(6);
  });

  test('refuses what alone is too heavy, and does not keep the old value for it', () => {
    const cache = new LruCache<string, string>({ maxWeight: 3, weigh: (_, value) => value.length });
    cache.set('a', '1');
    cache.set('b', '1');
    expect(cache.set('a', '12345')).toBe(false);
    expect([...cache]).toEqual([['b', '1']]);
  });

  test('shrinks when its bound does', () => {
    const cache = new LruCache<number, number>({ maxWeight: 5 });
    for (let i = 0; i < 5; i++) cache.set(i, i);
    cache.setMaxWeight(2);
    expect([...cache].map(([key]) => key)).toEqual([3, 4]);
  });
});
