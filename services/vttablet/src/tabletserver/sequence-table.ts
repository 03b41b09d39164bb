import type { MysqlConnection } from '@vitess-ts/mysql';
import { Code, VtError } from '@vitess-ts/vterrors';
import { blockOf, type SequenceBlock } from './sequences';

/** The longest that a block may take: it holds a row lock that all takers need. */
const timeoutMs = 5000;

/**
 * Takes a block in a transaction of its own and writes the new `next_id` before it is used. On any failure the
 * connection is closed: whether the commit happened is unknown then, and at worst a block is lost.
 */
export async function takeSequenceBlock(
  connection: MysqlConnection,
  table: string,
  count: bigint,
): Promise<SequenceBlock> {
  const name = quoteName(table);
  try {
    await connection.query('BEGIN', { timeoutMs });
    const { rows } = await connection.query(`SELECT next_id, cache FROM ${name} WHERE id = 0 FOR UPDATE`, {
      timeoutMs,
    });
    if (rows.length !== 1) {
      throw new VtError(
        Code.UNKNOWN,
        `unexpected rows from reading sequence ${table} (possible mis-route): ${rows.length}`,
      );
    }
    const [nextId, cache] = rows.row(0).map((value) => (value === null ? null : BigInt(value.toString())));
    if (nextId === null || cache === null || cache < 1n) {
      throw new VtError(Code.UNKNOWN, `invalid cache value for sequence ${table}: ${cache}`);
    }
    if (nextId < 1n) {
      throw new VtError(Code.UNKNOWN, `invalid next_id for sequence ${table}: ${nextId}`);
    }
    const block = blockOf(nextId, cache, count);
    await connection.query(`UPDATE ${name} SET next_id = ${block.end} WHERE id = 0`, { timeoutMs });
    await connection.query('COMMIT');
    return block;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

export function quoteName(name: string): string {
  return `\`${name.replace(/`/g, '``')}\``;
}
