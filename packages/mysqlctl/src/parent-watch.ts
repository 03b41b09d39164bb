import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Stops a process when this one ends, even by kill -9: a small shell waits on a pipe that the kernel closes with us.
 */
export class ParentWatch {
  private readonly shell: ChildProcess;

  /** The process is only stopped while its command line still contains `mark`: ids are used again. */
  constructor(pid: number, mark: string) {
    this.shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(pid), mark], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.shell.on('error', () => {
      // Without a shell the server just outlives us, as it does by default.
    });
    this.shell.unref();
    (this.shell.stdin as Socket | null)?.unref();
  }

  /** Stops watching; the watched process is left alone. */
  cancel(): void {
    this.shell.kill('SIGKILL');
    this.shell.stdin?.destroy();
  }
}

const SCRIPT = `read _
if [ -d /proc/self ]; then grep -qF -- "$2" "/proc/$1/cmdline" 2>/dev/null || exit 0; fi
kill -TERM "$1" 2>/dev/null`;
