import { quoteName } from '@vitess-ts/sqlparser';
import type { ExecContext } from '../primitive';
import type { ScratchBudget } from './load-rows';
import type { ScratchConnection } from './scratch-access';
import { literalOf } from './scratch-column';

/** A table of the servers' own schemas, and the scratch table that takes what the servers of all keyspaces say. */
export interface SystemInput {
  /** Name of the scratch table. */
  name: string;
  schema: string;
  table: string;
  keyspaces: readonly string[];
}

/** Text of one INSERT. */
const INSERT_BYTES = 256 * 1024;

/** Each keyspace's server knows that keyspace alone; the rows about the server itself come from the first. */
export async function loadSystemTable(
  input: SystemInput,
  { scratch }: Pick<ExecContext, 'scratch'>,
  connection: ScratchConnection,
  budget: ScratchBudget,
  dialect: 'mariadb' | 'mysql',
): Promise<void> {
  const { name, keyspaces } = input;
  const source = sourceOf(input);
  const run = (sql: string): Promise<unknown> => connection.execute({ sql, bindVariables: {} });
  await createSystemTable(input, connection, dialect);
  for (const [i, keyspace] of keyspaces.entries()) {
    let rows: string[] = [];
    let length = 0;
    const flush = async (): Promise<void> => {
      if (rows.length > 0) await run(`insert into ${name} values ${rows.join(',')}`);
      [rows, length] = [[], 0];
    };
    for await (const result of scratch.systemRows(keyspace, `select * from ${source}`, i === 0)) {
      for (let r = 0; r < result.rows.length; r++) {
        const row = `(${result.rows.row(r).map((value) => literalOf({ kind: 'text' }, value)).join(',')})`; // prettier-ignore
        budget.add(row.length);
        rows.push(row);
        length += row.length;
        if (length >= INSERT_BYTES) await flush();
      }
    }
    await flush();
  }
}

const sourceOf = ({ schema, table }: SystemInput): string => `${quoteName(schema)}.${quoteName(table)}`;

/** An empty table with the columns of the system table. */
export async function createSystemTable(
  input: SystemInput,
  connection: ScratchConnection,
  dialect: 'mariadb' | 'mysql',
): Promise<void> {
  const engine = dialect === 'mariadb' ? ' engine=Aria transactional=0' : '';
  const sql = `create temporary table ${input.name}${engine} as select * from ${sourceOf(input)} where 1 = 0`;
  await connection.execute({ sql, bindVariables: {} });
}
