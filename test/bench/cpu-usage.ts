import { readFileSync } from 'node:fs';

/** Microseconds of a clock tick of /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;

/** User and system time that a process has used so far, in microseconds; 0 when it is gone. */
export function cpuOfProcess(pid: number): number {
  const fields = statFields(`/proc/${pid}/stat`);
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** What the ended and waited-for children of this process have used, in microseconds. */
export function cpuOfChildren(): number {
  const fields = statFields('/proc/self/stat') as string[];
  return (Number(fields[13]) + Number(fields[14])) * TICK_US;
}

/** What all processes of the machine have used, in microseconds. */
export function cpuOfMachine(): number {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user, nice, system, , , irq, softirq] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_US;
}

/** The fields of a stat file from the third on: the second is a name that may hold spaces and parentheses. */
function statFields(file: string): string[] | undefined {
  try {
    const stat = readFileSync(file, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
