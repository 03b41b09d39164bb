/** Different values that are kept at most; then all are forgotten. */
const MAX_VALUES = 1000;
/** Longer ones come in many forms: keeping them is no use. */
const MAX_BYTES = 1024;

/**
 * Decodes what comes again and again (callers, targets, options) once: the same bytes give the same object, which its
 * users must not change.
 */
export class DecodedOnce<T extends object> {
  private readonly values = new Map<string, T>();

  constructor(private readonly decode: (bytes: Buffer) => T) {}

  get(buffer: Buffer, start: number, end: number): T {
    if (end - start > MAX_BYTES) return this.decode(buffer.subarray(start, end));
    const key = buffer.toString('latin1', start, end);
    let value = this.values.get(key);
    if (value === undefined) {
      value = this.decode(buffer.subarray(start, end));
      if (this.values.size >= MAX_VALUES) this.values.clear();
      this.values.set(key, value);
    }
    return value;
  }
}
