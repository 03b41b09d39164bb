import { Exit, MAX_TABLETS, UsageError, parseCommand, type UpOptions } from './options';

const cwd = '/ann';

function up(...args: string[]): UpOptions {
  const command = parseCommand(['up', ...args], cwd);
  if (command.name !== 'up') throw new Error(`not up but ${command.name}`);
  return command.options;
}

test('without options: the example in one process, below the working directory', () => {
  expect(up()).toEqual({
    keyspaces: [
      { name: 'commerce', shards: 1 },
      { name: 'customer', shards: 2 },
    ],
    example: true,
    replicas: 0,
    rdonly: 0,
    schemaDir: undefined,
    dataDir: '/ann/vtdataroot',
    portBase: 15000,
    topo: 'file',
    processes: false,
    cell: 'zone1',
    detach: false,
    json: false,
  });
});

test.each([
  [['--data-dir', '/d']],
  [['--data-dir=/d']],
  [['--data_dir', '/d']],
  [['-data-dir', '/d']],
  [['--data-dir', '../d']],
])('%j is a value', (args) => {
  expect(up(...args).dataDir).toBe('/d');
});

test('switches are on by their name, and off by =false', () => {
  expect(up('--json', '--detach=true', '--processes=false')).toMatchObject({
    json: true,
    detach: true,
    processes: false,
  });
});

test('with processes the topology is etcd unless another is named', () => {
  expect(up('--processes').topo).toBe('etcd');
  expect(up('--processes', '--topo', 'file').topo).toBe('file');
});

test('shards of keyspaces go by position, the last number counts for the rest', () => {
  expect(up('--keyspaces', 'a, b,c', '--num-shards', '1,4').keyspaces).toEqual([
    { name: 'a', shards: 1 },
    { name: 'b', shards: 4 },
    { name: 'c', shards: 4 },
  ]);
  expect(up('--keyspaces', 'a').keyspaces).toEqual([{ name: 'a', shards: 1 }]);
  expect(up('--num-shards', '2,4')).toMatchObject({
    example: true,
    keyspaces: [{ shards: 2 }, { shards: 4 }],
  });
});

test('a schema of the user takes the place of the example', () => {
  const options = up('--schema-dir', 'schema');
  expect([options.example, options.schemaDir, options.keyspaces]).toEqual([
    false,
    '/ann/schema',
    [{ name: 'commerce', shards: 1 }],
  ]);
});

test.each([
  [['--replicas', '-1'], /--replicas takes a whole number from 0 to 20, not '-1'/],
  [['--replicas', 'two'], /--replicas/],
  [['--replicas', '1e1'], /--replicas/],
  [['--port-base', '80'], /--port-base takes a whole number from 1024/],
  [['--port-base', '62001'], /--port-base/],
  [['--topo', 'consul'], /--topo is one of memory, file, etcd, zk, not 'consul'/],
  [['--cell', 'zone-1'], /--cell takes letters, digits and _/],
  [['--keyspaces', 'a,a'], /names a keyspace twice/],
  [['--keyspaces', 'a,,b'], /'' is not a keyspace name/],
  [['--keyspaces', '1a'], /'1a' is not a keyspace name/],
  [['--keyspaces', 'a', '--num-shards', '1,2'], /more numbers than there are keyspaces/],
  [['--num-shards', '0'], /--num-shards takes whole numbers from 1/],
  [['--keyspaces', 'a', '--num-shards', '100', '--replicas', '1'], new RegExp(`at most ${MAX_TABLETS}`)],
  [['--data-dir'], /--data-dir needs a value/],
  [['--data-dir='], /--data-dir needs a value/],
  [['--json=maybe'], /--json takes no value/],
  [['--no-such'], /unknown option --no-such/],
  [['extra'], /unexpected argument 'extra'/],
])('up %j is refused', (args, message) => {
  expect(() => up(...args)).toThrow(UsageError);
  expect(() => up(...args)).toThrow(message);
});

test('other commands', () => {
  expect(parseCommand([], cwd)).toEqual({ name: 'help' });
  expect(parseCommand(['--help'], cwd)).toEqual({ name: 'help' });
  expect(parseCommand(['up', '--help'], cwd)).toEqual({ name: 'help' });
  expect(parseCommand(['--version'], cwd)).toEqual({ name: 'version' });
  expect(parseCommand(['status', '--data-dir', 'd', '--json'], cwd)).toEqual({
    name: 'status',
    dataDir: '/ann/d',
    json: true,
  });
  expect(parseCommand(['down'], cwd)).toEqual({ name: 'down', dataDir: '/ann/vtdataroot' });
  expect(() => parseCommand(['restart'], cwd)).toThrow(/unknown command 'restart'/);
  expect(() => parseCommand(['down', '--json'], cwd)).toThrow(/unknown option --json/);
});

test('exit codes are what scripts rely on', () => {
  expect(Exit).toEqual({ OK: 0, FAILED: 1, USAGE: 2, PREREQUISITE: 3, NOT_RUNNING: 4 });
});
