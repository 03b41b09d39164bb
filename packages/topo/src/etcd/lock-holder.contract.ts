/** Started by a test, and killed by it: takes a lock in etcd, says so, and holds it for ever. */
import { writeSync } from 'node:fs';
import { EtcdConn } from './etcd-conn';

async function main(): Promise<void> {
  const [, , address, root, name, ttlMs] = process.argv;
  const conn = await EtcdConn.open({ address, root });
  const lock = await conn.lockName(name, `process ${process.pid}`, { ttlMs: Number(ttlMs) });
  await lock.check();
  writeSync(1, 'held\n');
  setInterval(() => undefined, 60_000);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
