/**
 * Iterates over what `open` gives, which is called when the first value is asked for. Unlike an async generator that
 * passes values on, it costs nothing once it is open. `open` may throw or reject: the first `next` rejects with it, and
 * the iteration has ended. Ending the iteration before anything was asked for opens nothing.
 */
export class OpenedIterator<T> implements AsyncIterableIterator<T> {
  private inner: AsyncIterator<T> | undefined;
  private opening: Promise<unknown> | undefined;
  private ended = false;

  constructor(private readonly open: () => AsyncIterator<T> | Promise<AsyncIterator<T>>) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.inner !== undefined) return this.inner.next();
    if (this.ended) return Promise.resolve(DONE);
    if (this.opening !== undefined) return this.opening.then(() => this.next());
    const first = this.openAndNext();
    this.opening = first.catch(() => undefined);
    return first;
  }

  async return(): Promise<IteratorResult<T>> {
    await this.opening;
    this.ended = true;
    const { inner } = this;
    if (inner?.return !== undefined) await inner.return();
    return DONE;
  }

  private async openAndNext(): Promise<IteratorResult<T>> {
    try {
      this.inner = await this.open();
    } catch (error) {
      this.ended = true;
      throw error;
    }
    return this.inner.next();
  }
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });
