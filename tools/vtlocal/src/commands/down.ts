import { Exit } from '../options';
import { isAlive, readState, removeState, type ProcessId } from '../state-file';

/** Longest that an orderly stop may take before the rest is killed. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Stops the cluster of a data directory: asks its supervisor, then ends what is left of the recorded processes. A pid
 * that another process has meanwhile is left alone.
 */
export async function down(dataDir: string, print: (line: string) => void): Promise<number> {
  const state = readState(dataDir);
  if (state === undefined) {
    print(`no cluster is running in ${dataDir}`);
    return Exit.OK;
  }
  if (isAlive(state.supervisor)) process.kill(state.supervisor.pid, 'SIGTERM');
  const all = [state.supervisor, ...state.processes];
  if (!(await waitForEnd([state.supervisor], STOP_TIMEOUT_MS)))
    print('the cluster does not stop by itself: killing it');
  for (const p of all.filter(isAlive)) process.kill(p.pid, p === state.supervisor ? 'SIGKILL' : 'SIGTERM');
  if (!(await waitForEnd(all, STOP_TIMEOUT_MS))) {
    for (const p of all.filter(isAlive)) process.kill(p.pid, 'SIGKILL');
    if (!(await waitForEnd(all, STOP_TIMEOUT_MS))) {
      print(
        `still running: ${all
          .filter(isAlive)
          .map((p) => p.pid)
          .join(', ')}`,
      );
      return Exit.FAILED;
    }
  }
  removeState(dataDir);
  print('stopped');
  return Exit.OK;
}

async function waitForEnd(processes: readonly ProcessId[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (processes.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
