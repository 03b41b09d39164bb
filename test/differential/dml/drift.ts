import type { MysqlConnection } from '@vitess-ts/mysql';
import { Type } from '@vitess-ts/sqltypes';
import { createVindex, isHashing } from '@vitess-ts/vindexes';

/** A lookup table, and what its entries are of. */
interface Lookup {
  table: string;
  from: string;
  owner: string;
  column: string;
  /** The owner's column that the primary vindex is on. */
  place: string;
}

const lookups: readonly Lookup[] = [
  { table: 'email_idx', from: 'email', owner: 'acct', column: 'email', place: 'id' },
  { table: 'code_idx', from: 'code', owner: 'acct', column: 'code', place: 'id' },
  { table: 'item_idx', from: 'id', owner: 'item', column: 'id', place: 'owner' },
  { table: 'sku_idx', from: 'sku', owner: 'item', column: 'sku', place: 'owner' },
];

/** Entries that rows lack, and entries without a row. */
export async function lookupDrift(gate: MysqlConnection): Promise<string[]> {
  const hash = createVindex('hash', 'hash');
  if (!isHashing(hash)) throw new Error('hash hashes');
  const problems: string[] = [];
  for (const { table, from, owner, column, place } of lookups) {
    const entries = await pairs(gate, `select lower(${from}), hex(keyspace_id) from ${table}`);
    const rows = await pairs(
      gate,
      `select lower(${column}), ${place} from ${owner} where ${column} is not null`,
    );
    const wanted = new Set(
      rows.map(([value, at]) => {
        const id = hash.hash({ type: Type.INT64, value: Buffer.from(at) });
        return `${value} -> ${id.toString('hex').toUpperCase()}`;
      }),
    );
    const found = new Set(entries.map(([value, id]) => `${value} -> ${id}`));
    for (const entry of wanted) if (!found.has(entry)) problems.push(`${table} lacks ${entry}`);
    for (const entry of found) if (!wanted.has(entry)) problems.push(`${table} has ${entry} without a row`);
    if (found.size !== entries.length) problems.push(`${table} has entries twice`);
  }
  return problems;
}

async function pairs(gate: MysqlConnection, sql: string): Promise<[string, string][]> {
  const { rows } = await gate.query(sql);
  return rows.rows().map((row) => [String(row[0]), String(row[1])]);
}
