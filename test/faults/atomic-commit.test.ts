import { BankCluster, CRASH_STEPS, type BankRole } from './bank-cluster';

const PORT_BASE = 16_600;

/** One process of each role dies at one step of a commit; the long form (`npm run soak -- --bank`) does every step. */
const crashes: [BankRole, string][] = [
  ['mysqld', 'prepared'],
  ['vtgate', 'decided'],
  ['vttablet', 'commit'],
];

test('transfers over four shards are whole or not there, wherever a commit is cut off', async () => {
  for (const [role, step] of crashes) expect(CRASH_STEPS[role]).toContain(step);
  const cluster = await BankCluster.start(PORT_BASE, 8);
  const { bank } = cluster;
  try {
    bank.start();
    for (const [role, step] of crashes) await cluster.crashAt(role, step);
    await bank.stop();
    const resolvedMs = await cluster.untilResolved();
    process.stdout.write(
      `transfers: ${bank.count('acknowledged')} acknowledged, ${bank.count('refused')} refused, ` +
        `${bank.count('unknown')} unknown; nothing in doubt ${Math.round(resolvedMs)} ms after the last one\n`,
    );
    expect(await cluster.audit()).toEqual([]);
    // Else nothing was proven.
    expect(bank.count('acknowledged')).toBeGreaterThan(60);
  } finally {
    await bank.stop();
    await cluster.stop();
  }
}, 240_000);
