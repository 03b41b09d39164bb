import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { readIfThere } from './snapshot';

const namePattern = /^writer-[0-9a-f]{16}\.lock$/;
/** What a writer leaves that is killed while it comes. */
const leftoverPattern = /^writer-[0-9a-f]{16}\.lock\.tmp$/;
const attempts = 8;
const refreshMs = 2_000;
/** A writer in another machine or container cannot be looked up by pid; it counts as dead after this silence. */
const foreignSilenceMs = 15_000;

interface WriterIdentity {
  pid: number;
  /** Start time of the process in ticks since boot: a pid is used again, the pair is not. */
  startTime?: string;
  host: string;
  /** The pid namespace, so that a container's pid is not looked up in another's. */
  namespace?: string;
}

/**
 * Keeps a second writer off a directory. Each writer puts a file of its own there, then looks for others: of two that
 * come at once, the later one sees the earlier, so never both go on. Files of dead writers are removed; their names
 * are never used again, so that this cannot hit a living one. Nothing has to be cleaned up after kill -9.
 */
export class WriterLock {
  private constructor(
    private readonly file: string,
    private readonly refresh: NodeJS.Timeout,
  ) {}

  /** FAILED_PRECONDITION, naming the pid, when another process writes here. */
  static async acquire(dir: string): Promise<WriterLock> {
    for (let attempt = 1; ; attempt++) {
      const file = join(dir, `writer-${randomBytes(8).toString('hex')}.lock`);
      // Renamed into place, so that others never read half of it.
      await writeFile(`${file}.tmp`, `${JSON.stringify(identityOf(process.pid))}\n`, { mode: 0o600 });
      await rename(`${file}.tmp`, file);
      const other = await otherWriter(dir, file);
      if (!other) return new WriterLock(file, keepFresh(file));
      await rm(file, { force: true });
      if (attempt === attempts) {
        throw new VtError(
          Code.FAILED_PRECONDITION,
          `topology directory ${dir} is in use by process ${other.pid} on ${other.host}: ` +
            `stop it, or reach its topology through the server that owns it (implementation "remote")`,
        );
      }
      // Two that came at once both step back; chance decides who comes first next time.
      await sleep(5 + Math.random() * 20 * attempt);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.refresh);
    await rm(this.file, { force: true });
  }
}

function keepFresh(file: string): NodeJS.Timeout {
  const timer = setInterval(() => {
    const now = new Date();
    // Only writers elsewhere look at the time; a failure shows in the next write of the store itself.
    utimes(file, now, now).catch(() => undefined);
  }, refreshMs);
  return timer.unref();
}

async function otherWriter(dir: string, own: string): Promise<WriterIdentity | undefined> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    if (leftoverPattern.test(name) && !(await isFresh(file))) await rm(file, { force: true });
    if (!namePattern.test(name) || file === own) continue;
    const other = await readIdentity(file);
    if (other && (await isAlive(other, file))) return other;
    await rm(file, { force: true });
  }
  return undefined;
}

/** Undefined when the file is gone. */
async function readIdentity(file: string): Promise<WriterIdentity | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text.toString()) as WriterIdentity;
  } catch (error) {
    throw new VtError(
      Code.DATA_LOSS,
      `${file} does not name the writer of its directory: make sure that there is none, and remove the file`,
      { cause: error },
    );
  }
}

async function isAlive(other: WriterIdentity, file: string): Promise<boolean> {
  const own = identityOf(process.pid);
  if (other.host !== own.host || other.namespace !== own.namespace) return isFresh(file);
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const startTime = startTimeOf(other.pid);
  return other.startTime === undefined || startTime === undefined || startTime === other.startTime;
}

async function isFresh(file: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs < foreignSilenceMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function identityOf(pid: number): WriterIdentity {
  return { pid, startTime: startTimeOf(pid), host: hostname(), namespace: pidNamespace() };
}

/** From /proc/PID/stat, field 22, where there is such a thing. */
function startTimeOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in parentheses, may hold spaces: count after it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}
