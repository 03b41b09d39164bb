/** Who wants to hear of one kind of event. A listener that throws does not keep the others from hearing. */
export class ListenerSet<T> {
  private readonly listeners = new Set<{ fn: (event: T) => void }>();

  /** @param onError gets what a listener throws. */
  constructor(private readonly onError: (error: unknown) => void) {}

  get size(): number {
    return this.listeners.size;
  }

  /** Adds a listener (the same function twice is two listeners); the returned function takes it off. */
  add(fn: (event: T) => void): () => void {
    const listener = { fn };
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Calls the listeners that are there now, in the order they came. */
  emit(event: T): void {
    for (const listener of [...this.listeners]) {
      if (!this.listeners.has(listener)) continue;
      try {
        listener.fn(event);
      } catch (error) {
        this.onError(error);
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
