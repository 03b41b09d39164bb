import { SqlError } from '@vitess-ts/vterrors';

/** How many statements the clients of one server keep prepared. */
export class StatementBudget {
  private used = 0;

  constructor(private readonly limit: number) {}

  get count(): number {
    return this.used;
  }

  /** Throws `SqlError` 1461 when there are as many as there may be. */
  take(): void {
    if (this.used >= this.limit) {
      const text = `Can't create more than max_prepared_stmt_count statements (current value: ${this.limit})`;
      throw new SqlError(1461, '42000', text);
    }
    this.used++;
  }

  giveBack(count: number): void {
    this.used -= count;
  }
}
