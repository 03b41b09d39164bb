import { bool, duration, float, int, list, map, oneOf, port, str } from './option-types';
import { defineOptions, envOf, type ParseInput } from './options';
import { UsageError } from './usage-error';

const options = defineOptions({
  mysqlServerPort: port({ default: 15306, help: 'port of the MySQL protocol' }),
  queryTimeoutMs: duration({ default: 30_000, help: 'limit of a query' }),
  ratio: float({ default: 0.5, help: 'a share', min: 0, max: 1 }),
  enableBuffer: bool({ default: false, help: 'hold queries' }),
  cellsToWatch: list({ default: [], help: 'cells' }),
  initTags: map({ default: {}, help: 'tags' }),
  logFormat: oneOf(['json', 'text'], { default: 'json', help: 'form of the log' }),
  password: str({ default: '', help: 'a secret', secret: true }),
  maxRows: int({ default: 10_000, help: 'most rows', flag: 'queryserver-config-max-result-size' }),
});

function run(argv: string[], more: Partial<ParseInput> = {}) {
  const result = options.parse({ argv, env: {}, ...more });
  if (result.action !== 'run') throw new Error(`unexpected ${result.action}`);
  return result;
}

const values = (argv: string[], more: Partial<ParseInput> = {}) => run(argv, more).values;

test('values have the types of their options, and defaults', () => {
  const v = values([]);
  const timeout: number = v.queryTimeoutMs;
  const format: 'json' | 'text' = v.logFormat;
  expect([timeout, format, v.enableBuffer, v.cellsToWatch]).toEqual([30_000, 'json', false, []]);
});

test('all types as flags', () => {
  const argv =
    '--mysql-server-port 3306 --query-timeout=1m30.5s --ratio .25 --enable-buffer --cells-to-watch a,b --cells-to-watch=c --init-tags role:web,zone=x --log-format text --queryserver-config-max-result-size 5';
  expect(values(argv.split(' '))).toEqual({
    mysqlServerPort: 3306,
    queryTimeoutMs: 90_500,
    ratio: 0.25,
    enableBuffer: true,
    cellsToWatch: ['a', 'b', 'c'],
    initTags: { role: 'web', zone: 'x' },
    logFormat: 'text',
    password: '',
    maxRows: 5,
  });
  expect(values(['--enable-buffer=false']).enableBuffer).toBe(false);
  expect(values(['--password=', '--ratio', '1']).password).toBe('');
});

test('flag over environment over file over default', () => {
  const env = { VT_CONFIG_FILE: 'a.yaml', VT_RATIO: '0.2', VT_QUERY_TIMEOUT: '2s' };
  const readFile = () => 'ratio: 0.1\nquery-timeout: 1s\nenable_buffer: true\n';
  const result = run(['--ratio=0.3'], { env, readFile });
  expect(result.values).toMatchObject({ ratio: 0.3, queryTimeoutMs: 2000, enableBuffer: true });
  const sources = Object.fromEntries(result.report.map(({ flag, source }) => [flag, source]));
  expect(sources).toMatchObject({
    ratio: 'flag',
    'query-timeout': 'env',
    'enable-buffer': 'file',
    'log-format': 'default',
  });
  expect(result.warnings).toEqual(['a.yaml: enable_buffer is deprecated: write a.yaml: enable-buffer']);
});

test('a list from the environment replaces that of the file', () => {
  const readFile = () => 'cells-to-watch: [a, b]\n';
  const env = { VT_CELLS_TO_WATCH: 'c' };
  expect(values(['--config-file', 'f'], { env, readFile }).cellsToWatch).toEqual(['c']);
});

test('a list of a later file replaces that of an earlier one', () => {
  const readFile = (path: string) => `cells-to-watch: [${path}1, ${path}2]`;
  expect(values(['--config-file=a', '--config-file=b'], { readFile }).cellsToWatch).toEqual(['b1', 'b2']);
});

test('values for a component that is started by code', () => {
  expect(options.values({ ratio: 1 })).toMatchObject({ ratio: 1, mysqlServerPort: 15306 });
});

test('underscores work, with a warning', () => {
  const result = run(['--mysql_server_port=1']);
  expect(result.values.mysqlServerPort).toBe(1);
  expect(result.warnings).toEqual(['--mysql_server_port is deprecated: write --mysql-server-port']);
});

test.each([
  [['--mysql-sever-port=1'], 'did you mean --mysql-server-port?'],
  [['--zzzzzzzzzz'], 'unknown option --zzzzzzzzzz'],
  [['--ratio'], '--ratio needs a value'],
  [['--ratio=2'], '--ratio: 2 is not within 0 and 1'],
  [['--mysql-server-port=65536'], 'not within 0 and 65535'],
  [['--mysql-server-port=0x10'], '"0x10" is not a whole number'],
  [['--query-timeout=30'], 'write it with a unit, such as 30s or 100ms'],
  [['--enable-buffer=perhaps'], 'neither true nor false'],
  [['--log-format=xml'], '"xml" is not one of json, text'],
  [['--init-tags=x'], 'not of the form key:value'],
  [['-port=1'], 'flags start with two dashes'],
  [['--config-file=/does/not/exist'], 'cannot read /does/not/exist'],
])('%j is a usage error', (argv, message) => {
  const attempt = () => values(argv);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(message);
});

test('help and version win over other flags; arguments are kept', () => {
  expect(options.parse({ argv: ['--ratio=7', '--help'], env: {} })).toEqual({ action: 'help' });
  expect(options.parse({ argv: ['-v'], env: {} })).toEqual({ action: 'version' });
  expect(run(['Copy', '--ratio=1', '--', '--not-a-flag']).args).toEqual(['Copy', '--not-a-flag']);
});

test('secrets are in no report and in no error', () => {
  const { report } = run(['--password=hunter2']);
  expect(report.find(({ flag }) => flag === 'password')?.value).toBe('[secret]');
  expect(JSON.stringify(report)).not.toContain('hunter2');
});

test('help lists every option with type, text and default', () => {
  const help = options.help('vtgate [options]');
  expect(help).toContain('Usage: vtgate [options]\n');
  expect(help).toContain('--query-timeout duration\n      limit of a query (default 30s)');
  expect(help).toContain('--enable-buffer\n      hold queries\n');
  expect(help).toContain('--log-format json|text');
  expect(envOf('query-timeout')).toBe('VT_QUERY_TIMEOUT');
});

describe('configuration files', () => {
  const read = (text: string) => values(['--config-file=f'], { readFile: () => text });

  test('YAML: comments, quotes, lists and maps', () => {
    const text = [
      '---',
      '# a comment',
      'ratio: 0.25 # and another',
      'password: "a # b\\n"',
      "log-format: 'text'",
      'cells-to-watch:',
      '  - zone1',
      '  - "zone2"',
      'init-tags:',
      '  role: web',
      '',
    ].join('\n');
    expect(read(text)).toMatchObject({
      ratio: 0.25,
      password: 'a # b\n',
      logFormat: 'text',
      cellsToWatch: ['zone1', 'zone2'],
      initTags: { role: 'web' },
    });
  });

  test('JSON', () => {
    const text =
      '{"ratio": 0.25, "enable-buffer": true, "cells-to-watch": ["a", "b"], "init-tags": {"role": "web"}}';
    expect(read(text)).toMatchObject({
      ratio: 0.25,
      enableBuffer: true,
      cellsToWatch: ['a', 'b'],
      initTags: { role: 'web' },
    });
  });

  test.each([
    ['ratio 0.25', 'f:1: expected a line of the form name: value'],
    ['ratio: 0.25\nratio: 0.5', 'f:2: ratio is set twice'],
    ['ratoi: 1', 'did you mean --ratio'],
    ['- a', 'f:1: a list or map needs a name above it'],
    ['password: "x', 'f:1: unfinished or wrong quoted string'],
    ['password: {a: 1}', 'not supported'],
    ['{"ratio": }', 'f: '],
    ['{"ratio": null}', 'null is not a value'],
    ['help: true', 'cannot be set in a file'],
  ])('%j is a usage error', (text, message) => {
    const attempt = () => read(text);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(message);
  });
});
