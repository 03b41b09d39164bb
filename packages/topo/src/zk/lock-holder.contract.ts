/** Started by a test, and killed by it: takes a lock in ZooKeeper, says so, and holds it for ever. */
import { writeSync } from 'node:fs';
import { ZkConn } from './zk-conn';

async function main(): Promise<void> {
  const [, , address, root, name, ttlMs] = process.argv;
  const conn = new ZkConn({ address, root });
  const lock = await conn.lockName(name, `process ${process.pid}`, { ttlMs: Number(ttlMs) });
  await lock.check();
  writeSync(1, 'held\n');
  setInterval(() => undefined, 60_000);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
