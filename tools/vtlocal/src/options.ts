import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Exit codes of the command. */
export const Exit = { OK: 0, FAILED: 1, USAGE: 2, PREREQUISITE: 3, NOT_RUNNING: 4 } as const;

export class UsageError extends Error {}

export type TopoChoice = 'memory' | 'file' | 'etcd' | 'zk';

export interface UpOptions {
  keyspaces: { name: string; shards: number }[];
  /** Neither keyspaces nor a schema were given: the example is loaded. */
  example: boolean;
  replicas: number;
  rdonly: number;
  schemaDir?: string;
  dataDir: string;
  portBase: number;
  topo: TopoChoice;
  processes: boolean;
  cell: string;
  detach: boolean;
  json: boolean;
}

export type Command =
  | { name: 'up'; options: UpOptions }
  | { name: 'status'; dataDir: string; json: boolean }
  | { name: 'down'; dataDir: string }
  | { name: 'help' }
  | { name: 'version' };

export const USAGE = `vtlocal: a whole cluster on one machine

usage:
  vtlocal up [options]                       start the cluster (again), in the foreground unless --detach
  vtlocal status --data-dir DIR [--json]     0: all serving, 1: degraded, 4: not running
  vtlocal down --data-dir DIR                stop it; the data stays

options of up:
  --keyspaces a,b          keyspaces to create (default: the example, commerce and customer)
  --num-shards 1,2         shards of each keyspace, in order (default 1; a keyspace with 1 shard is unsharded)
  --replicas N             replica tablets of each shard (default 0)
  --rdonly N               rdonly tablets of each shard (default 0)
  --schema-dir DIR         DIR/<keyspace>/*.sql and DIR/<keyspace>/vschema.json, applied when first started
  --data-dir DIR           where data, logs and state lie (default ./vtdataroot)
  --port-base N            first port (default 15000): vtctld HTTP +0, vtgate HTTP +1, vtgate MySQL +306,
                           vtgate gRPC +991, vtctld gRPC +999, tablets from +100
  --topo memory|file|etcd|zk   topology service (default file; etcd with --processes)
  --processes              each service in a process of its own
  --cell NAME              cell (default zone1)
  --detach                 return when the cluster is ready
  --json                   print one JSON line when ready
`;

const TOPOS: readonly string[] = ['memory', 'file', 'etcd', 'zk'];
/** Tablet uids start at 100 and ports are base + uid, base + 1000 + uid, base + 2000 + uid. */
export const MAX_TABLETS = 199;

type Flags = Map<string, string | true>;

const upFlags: Record<string, 'value' | 'switch'> = {
  keyspaces: 'value',
  'num-shards': 'value',
  replicas: 'value',
  rdonly: 'value',
  'schema-dir': 'value',
  'data-dir': 'value',
  'port-base': 'value',
  topo: 'value',
  processes: 'switch',
  cell: 'value',
  detach: 'switch',
  json: 'switch',
};

/** Reads the command line (without `node` and the script). Throws `UsageError`. */
export function parseCommand(argv: readonly string[], cwd: string): Command {
  const [name, ...rest] = argv;
  if (
    name === undefined ||
    name === 'help' ||
    name === '--help' ||
    name === '-h' ||
    rest.includes('--help')
  ) {
    return { name: 'help' };
  }
  switch (name) {
    case '--version':
      return { name: 'version' };
    case 'up':
      return { name, options: upOptions(readFlags(rest, upFlags), cwd) };
    case 'status': {
      const flags = readFlags(rest, { 'data-dir': 'value', json: 'switch' });
      return { name, dataDir: dataDir(flags, cwd), json: flags.has('json') };
    }
    case 'down':
      return { name, dataDir: dataDir(readFlags(rest, { 'data-dir': 'value' }), cwd) };
    default:
      throw new UsageError(`unknown command '${name}'`);
  }
}

function readFlags(args: readonly string[], known: Record<string, 'value' | 'switch'>): Flags {
  const flags: Flags = new Map();
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([A-Za-z][A-Za-z_-]*)(?:=(.*))?$/s.exec(args[i]);
    if (!match) throw new UsageError(`unexpected argument '${args[i]}'`);
    const name = match[1].replaceAll('_', '-');
    const kind = known[name];
    if (kind === undefined) throw new UsageError(`unknown option --${name}`);
    if (kind === 'switch') {
      if (match[2] !== undefined && match[2] !== 'true' && match[2] !== 'false') {
        throw new UsageError(`--${name} takes no value`);
      }
      if (match[2] !== 'false') flags.set(name, true);
      continue;
    }
    const value = match[2] ?? args[++i];
    if (value === undefined || value === '') throw new UsageError(`--${name} needs a value`);
    flags.set(name, value);
  }
  return flags;
}

function text(flags: Flags, name: string, byDefault: string): string {
  const value = flags.get(name);
  return typeof value === 'string' ? value : byDefault;
}

function integer(flags: Flags, name: string, byDefault: number, min: number, max: number): number {
  const value = text(flags, name, String(byDefault));
  const n = Number(value);
  if (!/^\d+$/.test(value) || n < min || n > max) {
    throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, not '${value}'`);
  }
  return n;
}

function dataDir(flags: Flags, cwd: string): string {
  return resolve(cwd, text(flags, 'data-dir', 'vtdataroot'));
}

function upOptions(flags: Flags, cwd: string): UpOptions {
  const schemaDir = flags.has('schema-dir') ? resolve(cwd, text(flags, 'schema-dir', '')) : undefined;
  const example = !flags.has('keyspaces') && schemaDir === undefined;
  const topo = text(flags, 'topo', flags.has('processes') ? 'etcd' : 'file');
  if (!TOPOS.includes(topo)) throw new UsageError(`--topo is one of ${TOPOS.join(', ')}, not '${topo}'`);
  const cell = text(flags, 'cell', 'zone1');
  if (!/^[A-Za-z0-9_]+$/.test(cell))
    throw new UsageError(`--cell takes letters, digits and _, not '${cell}'`);
  const options: UpOptions = {
    keyspaces: keyspaces(flags, example),
    example,
    replicas: integer(flags, 'replicas', 0, 0, 20),
    rdonly: integer(flags, 'rdonly', 0, 0, 20),
    schemaDir,
    dataDir: dataDir(flags, cwd),
    portBase: integer(flags, 'port-base', 15000, 1024, 62000),
    topo: topo as TopoChoice,
    processes: flags.has('processes'),
    cell,
    detach: flags.has('detach'),
    json: flags.has('json'),
  };
  const tablets = options.keyspaces.reduce(
    (n, k) => n + k.shards * (1 + options.replicas + options.rdonly),
    0,
  );
  if (tablets > MAX_TABLETS)
    throw new UsageError(`that is ${tablets} tablets; at most ${MAX_TABLETS} run on one machine`);
  return options;
}

function keyspaces(flags: Flags, example: boolean): UpOptions['keyspaces'] {
  const names = example
    ? ['commerce', 'customer']
    : text(flags, 'keyspaces', 'commerce')
        .split(',')
        .map((s) => s.trim());
  const counts = text(flags, 'num-shards', example ? '1,2' : '1')
    .split(',')
    .map((s) => s.trim());
  for (const name of names) {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,59}$/.test(name)) throw new UsageError(`'${name}' is not a keyspace name`);
  }
  if (new Set(names).size !== names.length) throw new UsageError('--keyspaces names a keyspace twice');
  if (counts.length > names.length)
    throw new UsageError('--num-shards has more numbers than there are keyspaces');
  return names.map((name, i) => {
    const count = counts[i] ?? counts[counts.length - 1];
    const shards = Number(count);
    if (!/^\d+$/.test(count) || shards < 1 || shards > MAX_TABLETS) {
      throw new UsageError(`--num-shards takes whole numbers from 1, not '${count}'`);
    }
    return { name, shards };
  });
}

/** The project's version, from the package's own package.json. */
export function version(packageJson: string): string {
  return (JSON.parse(readFileSync(packageJson, 'utf8')) as { version: string }).version;
}
