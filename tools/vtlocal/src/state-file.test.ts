import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isAlive,
  processId,
  readState,
  removeState,
  startTimeOf,
  writeState,
  type State,
} from './state-file';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'vt-state-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const state = (): State => ({
  info: {
    vtgate: { mysql: 'm', grpc: 'g', http: 'h', pid: 1 },
    vtctld: { grpc: 'g', http: 'h', pid: 2 },
    topo: { implementation: 'file', address: 'a' },
    tablets: [],
  },
  supervisor: processId(process.pid),
  processes: [{ ...processId(process.pid), role: 'mysqld' }],
});

test('a state is what was written last, until it is removed', () => {
  expect(readState(dir)).toBeUndefined();
  writeState(join(dir, 'data'), state());
  expect(readState(join(dir, 'data'))).toEqual(state());
  const other = { ...state(), processes: [] };
  writeState(join(dir, 'data'), other);
  expect(readState(join(dir, 'data'))).toEqual(other);
  removeState(join(dir, 'data'));
  removeState(join(dir, 'data'));
  expect(readState(join(dir, 'data'))).toBeUndefined();
});

test('a process is itself only with its start time: a pid that is used again is another', () => {
  const own = processId(process.pid);
  expect(own.startTime).toMatch(/^\d+$/);
  expect(isAlive(own)).toBe(true);
  expect(isAlive({ pid: process.pid, startTime: '1' })).toBe(false);
  expect(isAlive({ pid: process.pid, startTime: '' })).toBe(false);
});

test('there is no such process', () => {
  const none = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) + 1;
  expect(startTimeOf(none)).toBeUndefined();
  expect(processId(none)).toEqual({ pid: none, startTime: '' });
});

test('one that has ended and was not reaped by its parent is not alive', async () => {
  // A shell that starts a program, becomes another that never waits, and so leaves a zombie.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(text.toString());
    const deadline = Date.now() + 5000;
    while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) {
      if (Date.now() > deadline) throw new Error('no zombie');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(startTimeOf(pid)).toBeUndefined();
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
});
