import { FaultyCluster, type Role } from './faulty-cluster';
import { checkInvariants } from './invariants';
import { reportOf, type Times } from './report';
import { STATEMENT_LIMIT_MS } from './writers';

const PORT_BASE = 6_000;
const FAULTS: readonly Role[] = ['vttablet', 'mysqld', 'vtgate', 'vtctld', 'mysqld', 'vttablet'];

/** The rule that all others serve: what was acknowledged is there, once; what was refused is not. */
test('no acknowledged write is lost and none is applied twice, whatever is killed', async () => {
  const cluster = await FaultyCluster.start(PORT_BASE, 'file');
  const times: Times = {};
  try {
    await cluster.startLoad();
    for (const role of FAULTS) (times[role] ??= []).push(await cluster.kill(role));
    await cluster.stopLoad();
    const { ledger } = cluster;
    const findings = await cluster.withConnection((db) => checkInvariants(db, ledger));
    process.stdout.write(`${reportOf(ledger, findings, times)}\n`);
    expect(findings.violations).toEqual([]);
    expect(ledger.longestMs()).toBeLessThan(STATEMENT_LIMIT_MS);
    // Else nothing was proven: writes go through between faults, and only what was in flight may be unknown.
    expect(ledger.count('acknowledged')).toBeGreaterThan(500);
    expect(ledger.count('unknown')).toBeLessThanOrEqual(2 * cluster.writerCount * FAULTS.length);
  } finally {
    await cluster.stopLoad();
    await cluster.stop();
  }
}, 240_000);
