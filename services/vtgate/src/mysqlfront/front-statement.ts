import type { PreparedQuery, QueryReply } from '@vitess-ts/mysql';
import type { BindVariable, Field } from '@vitess-ts/sqltypes';
import type { StatementDescription } from '../executor/statement-describer';
import type { ClientText } from './client-text';
import { limitValue } from './parameter-values';

/** Runs a statement with its values in the session. */
export type RunStatement = (
  text: ClientText,
  values: readonly BindVariable[],
  description: StatementDescription,
  reply: QueryReply,
) => Promise<void>;

/** A statement that a MySQL client has prepared: its text and what is known of it. */
export class FrontStatement implements PreparedQuery {
  readonly parameters: number;
  readonly fields: Field[];

  constructor(
    private readonly text: ClientText,
    private readonly description: StatementDescription,
    fields: Field[],
    private readonly run: RunStatement,
  ) {
    this.parameters = description.parameters;
    this.fields = fields;
  }

  execute(values: readonly BindVariable[], reply: QueryReply): Promise<void> {
    const { limitParameters } = this.description;
    const usable =
      limitParameters.size === 0
        ? values
        : values.map((value, i) => (limitParameters.has(i) ? limitValue(value) : value));
    return this.run(this.text, usable, this.description, reply);
  }
}
