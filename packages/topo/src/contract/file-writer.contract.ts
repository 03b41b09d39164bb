/**
 * Started by the durability test, and killed by it: counts up in a file store for ever, prints each number once it is
 * acknowledged, and goes on from the stored one.
 */
import { writeSync } from 'node:fs';
import { isNoNode } from '../errors';
import { FileTopo } from '../file';

async function main(): Promise<void> {
  // A small limit, so that kills also hit the writing of snapshots.
  const topo = await FileTopo.open(process.argv[2], { compactAboveBytes: 3_000 });
  const conn = topo.connect();
  const start = await conn.get('counter').then(
    ({ contents }) => Number(contents.toString()),
    (error: unknown) => {
      if (isNoNode(error)) return 0;
      throw error;
    },
  );
  for (let i = start + 1; ; i++) {
    if (i % 3 === 0) await conn.update(`file/${i}`, Buffer.from(`value ${i}`), null);
    if (i % 3 === 0 && i > 150) await conn.delete(`file/${i - 150}`, null);
    await conn.update('counter', Buffer.from(String(i)), null);
    writeSync(1, `${i}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
