import { Code, VtError } from '@vitess-ts/vterrors';
import type { Result } from '@vitess-ts/sqltypes';

/** A stream whose first result, the one with the fields, has been read. */
export interface OpenedStream {
  first: Result;
  iterator: AsyncIterator<Result>;
}

/**
 * Reads the first result of every stream. When any of them fails, ends all and throws the error of the first in
 * order, so that a statement that fails on several shards always says the same.
 */
export async function openStreams(streams: readonly AsyncIterable<Result>[]): Promise<OpenedStream[]> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  const settled = await Promise.allSettled(iterators.map((iterator) => iterator.next()));
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure !== undefined) {
    await endStreams(iterators);
    throw failure.reason;
  }
  return settled.map((one, i) => {
    const read = (one as PromiseFulfilledResult<IteratorResult<Result>>).value;
    if (read.done) throw new VtError(Code.INTERNAL, 'a result stream ended without its columns');
    return { first: read.value, iterator: iterators[i] };
  });
}

/**
 * Ends streams that may not be read to their end. Their own failures no longer matter to anyone. A stream's `return`
 * must end it at once even while a `next` is pending.
 */
export async function endStreams(iterators: Iterable<AsyncIterator<Result>>): Promise<void> {
  await Promise.allSettled([...iterators].map((iterator) => iterator.return?.()));
}
