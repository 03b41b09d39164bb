import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep, systemClock } from '@vitess-ts/base';

const stopTimeoutMs = 10_000;
const pollMs = 5;

/**
 * SIGSTOP; resolves once every thread of the process has stopped. The signal is taken up by one thread after the
 * other, and until then a server with many threads still answers. Undone by `process.kill(pid, 'SIGCONT')`.
 *
 * @throws when a thread still runs after ten seconds; the process is then continued.
 */
export async function pauseProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const deadline = systemClock.monotonic() + stopTimeoutMs;
  while (!(await hasStopped(pid))) {
    if (systemClock.monotonic() > deadline) {
      process.kill(pid, 'SIGCONT');
      throw new Error(`process ${pid} did not stop within ${stopTimeoutMs} ms`);
    }
    await sleep(pollMs);
  }
}

async function hasStopped(pid: number): Promise<boolean> {
  const tasks = `/proc/${pid}/task`;
  const stats = await Promise.all(
    // A thread that ended in between has stopped too.
    (await readdir(tasks)).map((id) => readFile(join(tasks, id, 'stat'), 'utf8').catch(() => ') T ')),
  );
  return stats.every((stat) => / T /.test(stat.slice(stat.lastIndexOf(')'))));
}
