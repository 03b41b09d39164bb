import type { MysqlConnection } from '@vitess-ts/mysql';
import { KINDS, type Kind, type Ledger, type Write } from './ledger';
import { COUNTERS, PAIR_ROWS } from './writers';

/** Of the writes whose outcome their writer does not know. */
export interface UnknownWrites {
  whole: number;
  absent: number;
  /** Only of transactions over several shards: their commit is best effort. */
  partial: number;
}

export interface Findings {
  /** Empty when all is well. */
  violations: string[];
  unknown: Record<Kind, UnknownWrites>;
}

const MOST_VIOLATIONS = 20;

/**
 * Compares what was acknowledged, refused and unknown with what is there: acknowledged is there once, refused is not
 * there, unknown may be either, but a transaction on one shard is whole or absent.
 */
export async function checkInvariants(db: MysqlConnection, ledger: Ledger): Promise<Findings> {
  const findings: Findings = {
    violations: [],
    unknown: Object.fromEntries(
      KINDS.map((kind) => [kind, { whole: 0, absent: 0, partial: 0 }]),
    ) as Findings['unknown'],
  };
  const tables: [Kind, string, number][] = [
    ['insert', 'select id, count(*) from entry group by id', 1],
    ['one-shard transaction', 'select owner, count(*) from item group by owner', 2],
    ['two-shard transaction', 'select txn, count(*) from pair group by txn', PAIR_ROWS],
  ];
  for (const [kind, sql, whole] of tables) {
    checkRows(ledger.of(kind), await counts(db, sql), whole, kind, findings);
  }
  const values = await counts(db, 'select id, value from counter');
  for (const id of COUNTERS) checkCounter(ledger, id, values.get(id) ?? 0, findings);
  findings.violations.splice(MOST_VIOLATIONS);
  return findings;
}

async function counts(db: MysqlConnection, sql: string): Promise<Map<number, number>> {
  const { rows } = await db.query(sql, { timeoutMs: 30_000 });
  return new Map(rows.rows().map(([id, n]) => [Number(id!.toString()), Number(n!.toString())]));
}

function checkRows(
  writes: readonly Write[],
  present: Map<number, number>,
  whole: number,
  kind: Kind,
  { violations, unknown }: Findings,
): void {
  const seen = new Set<number>();
  for (const write of writes) {
    seen.add(write.id);
    const rows = present.get(write.id) ?? 0;
    const what = `${kind} ${write.id} (${write.outcome}${write.error ? `: ${write.error}` : ''})`;
    if (write.outcome === 'acknowledged' && rows !== whole) {
      violations.push(`${what} has ${rows} of ${whole} rows`);
    }
    if (write.outcome === 'refused' && rows !== 0) violations.push(`${what} has ${rows} rows`);
    if (write.outcome !== 'unknown') continue;
    if (rows === whole) unknown[kind].whole++;
    else if (rows === 0) unknown[kind].absent++;
    else {
      unknown[kind].partial++;
      if (kind !== 'two-shard transaction') violations.push(`${what} has ${rows} of ${whole} rows`);
    }
  }
  for (const id of present.keys()) if (!seen.has(id)) violations.push(`${kind} ${id} was never written`);
}

/** A counter was raised once by each acknowledged update, and at most once by each whose outcome is unknown. */
function checkCounter(ledger: Ledger, id: number, value: number, { violations, unknown }: Findings): void {
  const writes = ledger.of('counter').filter((w) => w.id === id);
  const count = (outcome: Write['outcome']): number => writes.filter((w) => w.outcome === outcome).length;
  const [least, open] = [count('acknowledged'), count('unknown')];
  if (value < least)
    violations.push(`counter ${id} is ${value}: of ${least} acknowledged updates some are lost`);
  if (value > least + open) {
    violations.push(`counter ${id} is ${value}: over ${least} acknowledged and ${open} unknown updates`);
  }
  const applied = Math.min(open, Math.max(0, value - least));
  unknown.counter.whole += applied;
  unknown.counter.absent += open - applied;
}
