import { setTimeout as delay } from 'node:timers/promises';
import { BankCluster, CRASH_STEPS, type BankRole } from './bank-cluster';

const CLIENTS = 16;
const SETTLE_MS = 1000;

/**
 * The bank for a time: every role at every step of a commit, then processes at random, until the time is over and at
 * least `kills` have died. Returns the exit code.
 */
export async function bankSoak(portBase: number, minutes: number, kills: number): Promise<number> {
  const cluster = await BankCluster.start(portBase, CLIENTS);
  const { bank } = cluster;
  const log: string[] = [];
  const untilMs = performance.now() + minutes * 60_000;
  const done = (what: string): void => {
    log.push(what);
    process.stderr.write(`${log.length}. ${what}: ${bank.count('acknowledged')} transfers\n`);
  };
  try {
    bank.start();
    for (const role of roles) {
      for (const step of CRASH_STEPS[role]) {
        await cluster.crashAt(role, step);
        done(`${role} at ${step}`);
      }
    }
    while (performance.now() < untilMs || log.length < kills) {
      const role = roles[Math.floor(Math.random() * roles.length)];
      await cluster.kill(role);
      done(`${role} at random`);
      await delay(Math.random() * SETTLE_MS);
    }
    await bank.stop();
    const resolvedMs = await cluster.untilResolved();
    const problems = await cluster.audit();
    process.stdout.write(
      `kills: ${log.length}\ntransfers: ${bank.count('acknowledged')} acknowledged, ${bank.count('refused')} refused, ` +
        `${bank.count('unknown')} unknown\nnothing in doubt ${Math.round(resolvedMs)} ms after the last transfer\n` +
        `errors:\n${bank.errors().slice(0, 20).join('\n')}\n\n` +
        (problems.length === 0
          ? 'The total is as it was, every acknowledged transfer is there, no refused one is.\n'
          : `VIOLATIONS\n${problems.slice(0, 50).join('\n')}\n`),
    );
    return problems.length === 0 ? 0 : 1;
  } finally {
    await bank.stop();
    await cluster.stop();
  }
}

const roles: readonly BankRole[] = ['vtgate', 'vttablet', 'mysqld'];
