import type { Code } from '@vitess-ts/vterrors';
import type { Conn } from '../conn';

/** A fresh, empty store of one implementation. */
export interface StoreUnderTest {
  /** A new connection to it; connections of one store see the same files, locks and elections. */
  connect(): Promise<Conn> | Conn;
  /** Changes that come faster than they are read may be seen as one, the last. */
  mergesChanges?: boolean;
  /** Removes the store; its connections are closed by then. */
  close(): Promise<void>;
}

/** What the cases of the suite work with: two connections to a fresh store. */
export interface Context {
  store: StoreUnderTest;
  conn: Conn;
  other: Conn;
}

export const bytes = (text: string): Buffer => Buffer.from(text);
export const code = (expected: Code): unknown => expect.objectContaining({ code: expected });

/** The first `count` items of an iterable; the iterable is not closed. */
export async function take<T>(iterable: AsyncIterable<T>, count: number): Promise<T[]> {
  const iterator = iterable[Symbol.asyncIterator]();
  const items: T[] = [];
  while (items.length < count) {
    const next = await iterator.next();
    if (next.done) throw new Error(`the stream ended after ${items.length} of ${count} items`);
    items.push(next.value);
  }
  return items;
}

/** The items of an iterable up to the first that is the last; the iterable is not closed. */
export async function takeUntil<T>(iterable: AsyncIterable<T>, isLast: (item: T) => boolean): Promise<T[]> {
  const iterator = iterable[Symbol.asyncIterator]();
  for (const items: T[] = []; ;) {
    const next = await iterator.next();
    if (next.done) throw new Error(`the stream ended after ${items.length} items`);
    items.push(next.value);
    if (isLast(next.value)) return items;
  }
}
