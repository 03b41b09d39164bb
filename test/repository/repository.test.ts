import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** Runs a tool of the repository; its output is the failure message. */
function run(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}`.slice(0, 20_000));
  }
}

const node = (script: string, ...args: string[]): string =>
  run(process.execPath, [join('node_modules', script), ...args]);

describe('repository', () => {
  jest.setTimeout(300_000);

  test('types: sources and tests compile', () => {
    node('typescript/bin/tsc', '-p', 'tsconfig.test.json');
    node('typescript/bin/tsc', '-p', 'services/vtctld/web');
  });

  test('lint finds nothing', () => {
    node('eslint/bin/eslint.js', '--max-warnings=0', 'packages', 'services', 'clients', 'tools', 'test');
  });

  test('formatting is prettier’s', () => {
    node('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.');
  });

  test('imports keep to the tiers', () => {
    node(
      'dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'packages',
      'services',
      'clients',
      'tools',
    );
  });

  test('contracts pass buf lint', () => {
    run('npx', ['--no-install', 'buf', 'lint']);
  });

  const wire = process.env.VT_WIRE_CHECK;
  const testWire = wire !== undefined && existsSync(wire) ? test : test.skip;
  testWire('contracts do not contradict the wire facts', () => {
    expect(run(process.execPath, [wire!, '.'])).toMatch(/ 0 contradictions/);
  });
});
