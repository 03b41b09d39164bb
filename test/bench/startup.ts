import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const vtlocal = join(__dirname, '..', '..', 'tools', 'vtlocal', 'bin', 'vtlocal.js');
const PORT_BASE = 27_000;

interface Info {
  vtgate: { pid: number };
  tablets: { pid: number; mysqldPid: number }[];
}

/** Ready time of `vtlocal up` and the memory of all its processes: two keyspaces, three tablets. */
export async function startupBenchmark(print: (line: string) => void): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vtlocal-bench-'));
  try {
    // The first start also prepares the data directory template; the next ones are what a user waits for.
    for (const label of ['cold (data directory template made)', 'warm (new cluster)', 'resume (same data)']) {
      if (label.startsWith('warm')) rmSync(dataDir, { recursive: true, force: true });
      const begun = process.hrtime.bigint();
      const out = execFileSync(
        process.execPath,
        [vtlocal, 'up', '--detach', '--json', '--data-dir', dataDir, '--port-base', String(PORT_BASE)],
        {
          encoding: 'utf8',
          timeout: 120_000,
        },
      );
      const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
      const info = JSON.parse(out) as Info;
      const pids = [...new Set([info.vtgate.pid, ...info.tablets.flatMap((t) => [t.pid, t.mysqldPid])])];
      const node = pssMegabytes(info.vtgate.pid);
      const total = pids.reduce((sum, pid) => sum + pssMegabytes(pid), 0);
      print(
        `startup ${label}: ready in ${seconds.toFixed(2)} s, ${total.toFixed(0)} MB PSS in all (node ${node.toFixed(0)} MB, ${info.tablets.length} mysqld)`,
      );
      stop(dataDir);
    }
  } finally {
    stop(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function stop(dataDir: string): void {
  spawnSync(process.execPath, [vtlocal, 'down', '--data-dir', dataDir], { stdio: 'ignore', timeout: 60_000 });
}

function pssMegabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const match = /^Pss:\s+(\d+) kB/m.exec(rollup);
  if (!match) throw new Error(`no Pss of process ${pid}`);
  return Number(match[1]) / 1024;
}
