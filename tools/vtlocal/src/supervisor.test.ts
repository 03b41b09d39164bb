import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './state-file';
import { SupervisedProgram } from './supervisor';

let dir: string;
let programs: SupervisedProgram[];
let stderr: jest.SpyInstance;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vt-super-'));
  programs = [];
  stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  for (const program of programs) await program.stop();
  stderr.mockRestore();
  rmSync(dir, { recursive: true });
});

const file = (name: string): string => join(dir, name);
const signal = AbortSignal.timeout(20_000);

/** A program of a shell script; ready when it has made the file `ready`. */
function program(script: string, onLaunch?: () => void): SupervisedProgram {
  const made = new SupervisedProgram(
    {
      name: 'fake',
      command: '/bin/sh',
      args: ['-c', `cd ${dir}; ${script}`],
      isReady: () => Promise.resolve(existsSync(file('ready'))),
    },
    dir,
    onLaunch,
  );
  programs.push(made);
  return made;
}

async function until(probe: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!probe()) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a start resolves when the program is ready; its output goes into a file', async () => {
  const fake = program('echo hello; sleep 0.1; touch ready; exec sleep 60');
  await fake.start(signal);
  expect(existsSync(file('ready'))).toBe(true);
  expect(isAlive(fake.process!)).toBe(true);
  expect(readFileSync(file('fake.log'), 'utf8')).toBe('hello\n');
  const process_ = fake.process!;
  await fake.stop();
  expect(isAlive(process_)).toBe(false);
});

test('whatever ends it, it is started again, and each launch is told', async () => {
  const pids: number[] = [];
  const fake = program('touch ready; exec sleep 60', () => pids.push(fake.process!.pid));
  await fake.start(signal);
  for (const how of ['SIGKILL', 'SIGTERM'] as const) {
    const { pid } = fake.process!;
    process.kill(pid, how);
    await until(() => fake.process!.pid !== pid);
  }
  expect(pids.length).toBe(3);
  expect(new Set(pids).size).toBe(3);
  expect(stderr.mock.calls.map(([text]) => text as string)).toEqual([
    'vtlocal: fake ended (SIGKILL); starting it again in 100 ms\n',
    'vtlocal: fake ended (SIGTERM); starting it again in 200 ms\n',
  ]);
});

test('an intended stop starts nothing, also while it waits to start again', async () => {
  const launches: number[] = [];
  const fake = program('touch ready; exec sleep 60', () => launches.push(1));
  await fake.start(signal);
  process.kill(fake.process!.pid, 'SIGKILL');
  await until(() => stderr.mock.calls.length === 1);
  await fake.stop();
  expect(launches.length).toBe(1);
});

test('a program that ends before it is ready makes the start fail', async () => {
  const fake = program('exit 3');
  await expect(fake.start(signal)).rejects.toThrow(/fake ended while it was starting; see .*fake\.log/);
});

test('a command that does not exist makes the start fail', async () => {
  const fake = new SupervisedProgram(
    { name: 'none', command: '/no/such/program', args: [], isReady: () => Promise.resolve(false) },
    dir,
  );
  programs.push(fake);
  await expect(fake.start(signal)).rejects.toThrow(/none ended while it was starting/);
});

test('a program that is never ready makes the start fail when its time is over', async () => {
  const fake = program('exec sleep 60');
  await expect(fake.start(AbortSignal.timeout(100))).rejects.toThrow(/did not serve in time/);
});

test('a stop takes no longer than it must: the program ends in order', async () => {
  writeFileSync(file('script'), "trap 'touch ended; exit 0' TERM; touch ready; while :; do sleep 0.01; done");
  const fake = program('. ./script');
  await fake.start(signal);
  await fake.stop();
  expect(existsSync(file('ended'))).toBe(true);
});
