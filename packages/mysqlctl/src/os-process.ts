import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** True while a process with this id runs; one that has ended but was not reaped does not count. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch (error) {
    // No /proc (not Linux): the signal is all that can be asked. It has just ended: ENOENT below an existing /proc.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? !hasProc() : true;
  }
}

function hasProc(): boolean {
  try {
    readFileSync('/proc/self/stat');
    return true;
  } catch (_error) {
    return false;
  }
}

/** True when the command line of process `pid` contains `text`; also when the system does not say. */
export async function commandLineContains(pid: number, text: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(text);
  } catch (_error) {
    return !hasProc();
  }
}
