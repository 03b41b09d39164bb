import { FaultyCluster, type Role } from './faulty-cluster';
import { checkInvariants } from './invariants';
import { reportOf, type Times } from './report';
import { STATEMENT_LIMIT_MS } from './writers';

const PORT_BASE = 6_000;

/** The rule that all others serve: what was acknowledged is there, once; what was refused is not. */
test.each<{ topo: 'file' | 'etcd'; faults: Role[] }>([
  { topo: 'file', faults: ['vttablet', 'mysqld', 'vtgate', 'vtctld', 'mysqld', 'vttablet'] },
  { topo: 'etcd', faults: ['etcd', 'vttablet', 'etcd', 'vtgate'] },
])(
  'no acknowledged write is lost and none is applied twice, with $topo: $faults',
  async ({ topo, faults }) => {
    const cluster = await FaultyCluster.start(PORT_BASE, topo);
    const times: Times = {};
    try {
      await cluster.startLoad();
      for (const role of faults) (times[role] ??= []).push(await cluster.kill(role));
      await cluster.stopLoad();
      const { ledger } = cluster;
      const findings = await cluster.withConnection((db) => checkInvariants(db, ledger));
      process.stdout.write(`${reportOf(ledger, findings, times)}\n`);
      expect(findings.violations).toEqual([]);
      expect(ledger.longestMs()).toBeLessThan(STATEMENT_LIMIT_MS);
      // Else nothing was proven: writes go through between faults, and only what was in flight may be unknown.
      expect(ledger.count('acknowledged')).toBeGreaterThan(500);
      expect(ledger.count('unknown')).toBeLessThanOrEqual(2 * cluster.writerCount * faults.length);
    } finally {
      await cluster.stopLoad();
      await cluster.stop();
    }
  },
  240_000,
);
