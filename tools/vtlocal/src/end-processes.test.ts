import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { endProcesses, haveEnded, sendSignal } from './end-processes';
import { isAlive, processId, type ProcessId } from './state-file';

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A shell script that has printed a line, so its traps are set. */
async function run(script: string): Promise<ProcessId> {
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  return processId(child.pid!);
}

test('a process that obeys is asked, one that does not is killed', async () => {
  const obedient = await run('echo; exec sleep 60');
  const deaf = await run("trap '' TERM; echo; while :; do sleep 0.01; done");
  expect(await endProcesses([obedient, deaf], 200)).toEqual([]);
  expect([obedient, deaf].some(isAlive)).toBe(false);
});

test('a pid that another process has meanwhile is left alone', async () => {
  const { pid } = await run('echo; exec sleep 60');
  const earlier = { pid, startTime: '1' };
  expect(await endProcesses([earlier], 1000)).toEqual([]);
  sendSignal(earlier, 'SIGKILL');
  expect(isAlive(processId(pid))).toBe(true);
});

test('waiting has an end', async () => {
  const sleeping = await run('echo; exec sleep 60');
  expect(await haveEnded([sleeping], 50)).toBe(false);
  expect(await haveEnded([], 0)).toBe(true);
});
