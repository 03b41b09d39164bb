/** What a caller gave cannot be read as the message, enum or name that it should be: INVALID_ARGUMENT to its sender. */
export class InvalidProtoValue extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'InvalidProtoValue';
  }
}
