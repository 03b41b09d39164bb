import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, VtError } from '@vitess-ts/vterrors';
import { Exit, UsageError, parseCommand } from '../options';
import { MissingProgramError } from '../process-host';
import { processId, readState, writeState } from '../state-file';
import { down } from './down';
import { status } from './status';
import { exitCodeOf, up } from './up';

let dir: string;
let stderr: jest.SpyInstance;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vt-exit-'));
  stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  stderr.mockRestore();
  rmSync(dir, { recursive: true });
});

test.each([
  [new UsageError('unknown option'), Exit.USAGE],
  [new MissingProgramError('etcd is not installed'), Exit.PREREQUISITE],
  [new VtError(Code.FAILED_PRECONDITION, 'install mariadb-server-core'), Exit.PREREQUISITE],
  [new VtError(Code.FAILED_PRECONDITION, 'mysqld did not start'), Exit.FAILED],
  [new Error('ports in use'), Exit.FAILED],
  ['a text', Exit.FAILED],
])('%s ends the command with %d', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
  expect(stderr.mock.calls[0][0]).toMatch(/^vtlocal: /);
});

test('status of a directory without a cluster', async () => {
  const lines: string[] = [];
  expect(await status(dir, false, (line) => lines.push(line))).toBe(Exit.NOT_RUNNING);
  expect(await status(dir, true, (line) => lines.push(line))).toBe(Exit.NOT_RUNNING);
  expect(lines).toEqual([`no cluster is running in ${dir}`, '{"running":false}']);
});

const ended = { pid: process.pid, startTime: '1' };
const info = {
  vtgate: { mysql: '', grpc: '', http: '127.0.0.1:1', pid: 0 },
  vtctld: { grpc: '', http: '127.0.0.1:1', pid: 0 },
  topo: { implementation: 'file', address: '' },
  tablets: [],
};

test('status of a cluster whose supervisor is gone, and of one that does not serve', async () => {
  writeState(dir, { info, supervisor: ended, processes: [] });
  expect(await status(dir, false, () => undefined)).toBe(Exit.NOT_RUNNING);
  writeState(dir, { info, supervisor: processId(process.pid), processes: [] });
  expect(await status(dir, false, () => undefined)).toBe(Exit.FAILED);
});

test('down of what does not run is no error, and forgets what has ended', async () => {
  expect(await down(dir, () => undefined)).toBe(Exit.OK);
  writeState(dir, { info, supervisor: ended, processes: [{ ...ended, role: 'service' }] });
  expect(await down(dir, () => undefined)).toBe(Exit.OK);
  expect(readState(dir)).toBeUndefined();
});

test.each([
  [['--topo', 'zk'], /--topo zk is not available yet/],
  [['--topo', 'etcd'], /--topo etcd needs --processes/],
  [['--topo', 'memory', '--processes'], /--topo memory is for one process/],
])('up %j is refused before anything is started', async (args, message) => {
  const command = parseCommand(['up', '--data-dir', dir, ...args], '/');
  if (command.name !== 'up') throw new Error('not up');
  await expect(up(command.options, '0', () => undefined)).rejects.toThrow(message);
  await expect(up(command.options, '0', () => undefined)).rejects.toThrow(UsageError);
});

test('a cluster that runs is not started twice', async () => {
  writeState(dir, { info, supervisor: processId(process.pid), processes: [] });
  const command = parseCommand(['up', '--data-dir', dir], '/');
  if (command.name !== 'up') throw new Error('not up');
  await expect(up(command.options, '0', () => undefined)).rejects.toThrow(/a cluster runs in .* already/);
});
