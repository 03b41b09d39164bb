import { emptyResult, type Field, type Result } from '@vitess-ts/sqltypes';

/**
 * Streams of one query's shards, of which some may fail: a failure is told, and the stream ends as if the shard had
 * no more rows. When all fail, so does each, with the error of the first.
 */
export function tolerantStreams(
  streams: readonly AsyncIterable<Result>[],
  onError: (index: number, error: unknown) => void,
): AsyncIterable<Result>[] {
  const group = new StreamGroup(streams);
  return streams.map((_, i) => group.stream(i, (error) => onError(i, error)));
}

class StreamGroup {
  private readonly iterators: AsyncIterator<Result>[];
  private firsts?: Promise<PromiseSettledResult<IteratorResult<Result>>[]>;

  constructor(streams: readonly AsyncIterable<Result>[]) {
    this.iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  }

  async *stream(i: number, onError: (error: unknown) => void): AsyncGenerator<Result> {
    const iterator = this.iterators[i];
    try {
      this.firsts ??= Promise.allSettled(this.iterators.map((other) => other.next()));
      const firsts = await this.firsts;
      const first = firsts[i];
      if (first.status === 'rejected') {
        const fields = fieldsOf(firsts);
        if (fields === undefined) throw (firsts[0] as PromiseRejectedResult).reason;
        onError(first.reason);
        yield emptyResult({ fields });
        return;
      }
      for (let step = first.value; !step.done; step = await next(iterator, onError)) yield step.value;
    } finally {
      await iterator.return?.();
    }
  }
}

async function next(
  iterator: AsyncIterator<Result>,
  onError: (error: unknown) => void,
): Promise<IteratorResult<Result>> {
  try {
    return await iterator.next();
  } catch (error) {
    onError(error);
    return { done: true, value: undefined };
  }
}

/** The columns, of any shard that answers; undefined when none does. */
function fieldsOf(firsts: readonly PromiseSettledResult<IteratorResult<Result>>[]): Field[] | undefined {
  for (const first of firsts) {
    if (first.status === 'fulfilled' && !first.value.done) return first.value.value.fields;
  }
  return undefined;
}
