/** Thrown and caught within the compiler: this expression must be left to MySQL. */
export class NotExact extends Error {
  constructor(what: string) {
    super(`${what} is not evaluated here`);
    this.name = 'NotExact';
  }
}
