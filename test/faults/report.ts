import type { Findings } from './invariants';
import { KINDS, type Ledger } from './ledger';
import type { Role } from './faulty-cluster';

/** Milliseconds until service after each fault, by role. */
export type Times = Partial<Record<Role, number[]>>;

/** What a run has shown, as a table. */
export function reportOf(ledger: Ledger, { unknown }: Findings, times: Times): string {
  const lines = ['writes                     acknowledged  refused  unknown (there / absent / partial)'];
  for (const kind of KINDS) {
    const { whole, absent, partial } = unknown[kind];
    const counts = [ledger.count('acknowledged', kind), ledger.count('refused', kind)];
    lines.push(
      `${kind.padEnd(27)}${String(counts[0]).padStart(12)}${String(counts[1]).padStart(9)}` +
        `  ${ledger.count('unknown', kind)} (${whole} / ${absent} / ${partial})`,
    );
  }
  lines.push(`longest statement or transaction: ${Math.round(ledger.longestMs())} ms`, '');
  lines.push('until served again, ms      faults   least  median    most');
  for (const [role, ms] of Object.entries(times)) {
    const sorted = [...ms].sort((a, b) => a - b);
    const cells = [sorted.length, sorted[0], sorted[sorted.length >> 1], sorted[sorted.length - 1]];
    const text = cells.map((n) => String(Math.round(n)).padStart(7)).join(' ');
    lines.push(`kill -9 ${role.padEnd(19)}${text}`);
  }
  return lines.join('\n');
}
