import { endProcesses, haveEnded, sendSignal } from '../end-processes';
import { readLayout } from '../layout';
import { Exit } from '../options';
import { readState, removeState } from '../state-file';
import { stopLeftovers } from '../tablet';

/** Longest that an orderly stop may take before the rest is killed. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Stops the cluster of a data directory: asks its supervisor, then ends what is left. A pid that another process has
 * meanwhile is left alone.
 */
export async function down(dataDir: string, print: (line: string) => void): Promise<number> {
  const state = readState(dataDir);
  if (state === undefined) {
    print(`no cluster is running in ${dataDir}`);
    return Exit.OK;
  }
  sendSignal(state.supervisor, 'SIGTERM');
  if (!(await haveEnded([state.supervisor], STOP_TIMEOUT_MS))) {
    print('the cluster does not stop by itself: killing it');
    sendSignal(state.supervisor, 'SIGKILL');
  }
  // Services first: a tablet would start its mysqld again.
  const services = state.processes.filter((p) => p.role === 'service');
  const left = await endProcesses([state.supervisor, ...services], STOP_TIMEOUT_MS);
  const layout = readLayout(dataDir);
  if (layout) await stopLeftovers(dataDir, layout.cell, layout.tablets);
  left.push(
    ...(await endProcesses(
      state.processes.filter((p) => p.role === 'mysqld'),
      STOP_TIMEOUT_MS,
    )),
  );
  if (left.length > 0) {
    print(`still running: ${left.map((p) => p.pid).join(', ')}`);
    return Exit.FAILED;
  }
  removeState(dataDir);
  print('stopped');
  return Exit.OK;
}
