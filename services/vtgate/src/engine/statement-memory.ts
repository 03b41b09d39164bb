import { Code, VtError } from '@vitess-ts/vterrors';

/** The rows that all primitives of one run of a statement hold in memory together. */
export class StatementMemory {
  private held = 0;

  constructor(private readonly limit: number) {}

  /** Throws RESOURCE_EXHAUSTED (errno 1114) when they are more than the statement may hold. */
  take(rows: number): void {
    this.held += rows;
    if (this.held > this.limit) throw tooManyRows(this.limit);
  }

  give(rows: number): void {
    this.held -= rows;
  }
}

function tooManyRows(limit: number): VtError {
  return new VtError(
    Code.RESOURCE_EXHAUSTED,
    `in-memory row count exceeded allowed limit of ${limit} (max-memory-rows); ` +
      `narrow the statement's condition, add a LIMIT, or raise the limit`,
    { errno: 1114, sqlstate: 'HY000' },
  );
}
