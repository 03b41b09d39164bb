import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../../..');

/** Runs the sample program; sends `signal` once it has started. */
function run(args: string[], signal?: NodeJS.Signals, env: Record<string, string> = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@vitess-ts/source',
        '--require',
        join(root, 'tools/dev/swc-register.cjs'),
        join(__dirname, 'testdata/main-program.ts'),
        ...args,
      ],
      { cwd: root, env: { ...process.env, ...env }, timeout: 20_000, killSignal: 'SIGKILL' },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      if (signal && stdout === 'started\n') child.kill(signal);
    });
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])('%s stops the service and ends with 0', async (signal) => {
  const { code, stdout, stderr } = await run([], signal);
  expect([code, stdout]).toEqual([0, 'started\nstopped\n']);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string });
  expect(lines.map(({ msg }) => msg)).toEqual(['starting', 'stopping', 'stopped']);
});

test('a finished job ends with 0', async () => {
  expect(await run(['--finish'])).toMatchObject({ code: 0, stdout: 'started\nstopped\n' });
});

test.each([
  ['--crash', 'from a timer'],
  ['--reject', 'from a promise'],
])('%s: an error that nobody handles is logged and ends with 1', async (flag, message) => {
  const { code, stderr } = await run([flag]);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

test('help, version and usage errors', async () => {
  expect(await run(['--version'])).toMatchObject({ code: 0, stdout: 'sample 1.2.3\n', stderr: '' });
  const help = await run(['--help']);
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('--onterm-timeout duration')]);
  const unknown = await run(['--finnish']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean --finish?')]);
  expect(await run(['--refuse'])).toMatchObject({ code: 2, stdout: '' });
});

test('a telemetry variable that makes no sense is a usage error', async () => {
  const { code, stdout, stderr } = await run([], undefined, { OTEL_TRACES_EXPORTER: 'pigeon' });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain("OTEL_TRACES_EXPORTER: 'pigeon' is not otlp, console or none");
});
