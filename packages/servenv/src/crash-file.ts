import { readFileSync, renameSync } from 'node:fs';

/**
 * Kills a process as kill -9 does when the work comes to the step that a file names: `STEP ROLE`, such as
 * `decided mysqld`. The file is taken away before, so that it happens once, whoever comes there first. For tests of
 * crashes only: they write the file while the cluster runs. `pids`: processes that this one may kill, by role.
 */
export function crashFile(
  file: string,
  pids: Readonly<Record<string, () => number | undefined>>,
): (step: string) => void {
  return (step) => {
    const [wanted, role] = wantedStep(file);
    if (wanted !== step || pids[role] === undefined) return;
    const pid = pids[role]();
    if (pid !== undefined && taken(file)) process.kill(pid, 'SIGKILL');
  };
}

function wantedStep(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split(' ');
  } catch {
    // Most of the time there is none.
    return [];
  }
}

function taken(file: string): boolean {
  try {
    renameSync(file, `${file}.taken`);
    return true;
  } catch {
    // Somebody else came to the step first.
    return false;
  }
}
