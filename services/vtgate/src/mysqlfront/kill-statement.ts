import { SqlError } from '@vitess-ts/vterrors';

export interface KillStatement {
  connectionId: number;
  /** KILL QUERY: the connection itself goes on. */
  queryOnly: boolean;
}

/** Reads `KILL [CONNECTION | QUERY] id`; undefined for any other statement. Throws 1064 for a KILL that is none. */
export function parseKill(sql: string): KillStatement | undefined {
  // Looked at for every statement, so the first letter decides quickly.
  const first = sql.charCodeAt(0) | 0x20;
  if (first !== 0x6b && first > 0x20) return undefined;
  if (!/^\s*kill\s/i.test(sql)) return undefined;
  const match = /^\s*kill\s+(?:(connection|query)\s+)?(\d{1,20})\s*;?\s*$/i.exec(sql);
  if (match === null) {
    throw new SqlError(
      1064,
      '42000',
      'You have an error in your SQL syntax: write KILL [CONNECTION | QUERY] id',
    );
  }
  return { connectionId: Number(match[2]), queryOnly: match[1]?.toLowerCase() === 'query' };
}
