import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessId } from './state-file';

const POLL_MS = 25;
/** Longest that a killed process may take to be gone. */
const KILL_TIMEOUT_MS = 10_000;

/**
 * Ends processes: SIGTERM, and SIGKILL for those that take longer than the limit. A pid that another process has
 * meanwhile is left alone. Resolves to those that are still there.
 */
export async function endProcesses(processes: readonly ProcessId[], timeoutMs: number): Promise<ProcessId[]> {
  for (const [signal, limitMs] of [
    ['SIGTERM', timeoutMs],
    ['SIGKILL', KILL_TIMEOUT_MS],
  ] as const) {
    for (const p of processes) sendSignal(p, signal);
    if (await haveEnded(processes, limitMs)) return [];
  }
  return processes.filter(isAlive);
}

/** Does nothing when the process has ended. */
export function sendSignal(p: ProcessId, signal: NodeJS.Signals): void {
  if (!isAlive(p)) return;
  try {
    process.kill(p.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** True when all have ended within the limit. */
export async function haveEnded(processes: readonly ProcessId[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (processes.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
