import { readFileSync } from 'node:fs';
import { assert } from '@vitess-ts/base';
import { parseConfigFile } from './config-file';
import { nearestNames } from './nearest-names';
import type { OptionSpec } from './option-types';
import { UsageError } from './usage-error';

// Of the values that an option's spec may have, any is fine here: `OptionValues` keeps them apart.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type OptionSpecs = Readonly<Record<string, OptionSpec<any>>>;

/** The values of a set of options, by key. */
export type OptionValues<S extends OptionSpecs> = {
  readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never;
};

export type OptionSource = 'default' | 'file' | 'env' | 'flag';

export interface ParseInput {
  /** Arguments, without the program's name. */
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Gives the text of a configuration file; the file system when not given. */
  readFile?: (path: string) => string;
}

/** An option as pages show it. */
export interface OptionReport {
  flag: string;
  /** `[secret]` for a secret that is set. */
  value: string;
  source: OptionSource;
  help: string;
}

export type ParseResult<S extends OptionSpecs> =
  | { action: 'help' }
  | { action: 'version' }
  | {
      action: 'run';
      values: OptionValues<S>;
      /** Arguments that are not flags. */
      args: string[];
      /** For the log: what still works and should be written differently. */
      warnings: string[];
      report: OptionReport[];
    };

export interface Options<S extends OptionSpecs> {
  readonly specs: S;
  /** @throws UsageError */
  parse(input: ParseInput): ParseResult<S>;
  help(usage: string): string;
  /** Values for a component that another program starts: those given, defaults for the rest. */
  values(given?: Partial<OptionValues<S>>): OptionValues<S>;
}

/** `mysqlServerPort` is `--mysql-server-port`; the unit of a duration is not part of its flag. */
export function flagOf(key: string, spec: Pick<OptionSpec<unknown>, 'flag' | 'keyUnit'>): string {
  if (spec.flag !== undefined) return spec.flag;
  const { keyUnit } = spec;
  const bare = keyUnit && key.endsWith(keyUnit) ? key.slice(0, -keyUnit.length) : key;
  return bare.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

/** The environment variable of a flag: `VT_MYSQL_SERVER_PORT`. */
export const envOf = (flag: string): string => `VT_${flag.replaceAll('-', '_').toUpperCase()}`;

/**
 * The options of a component: flags, environment variables `VT_<FLAG>`, configuration files (`--config-file`, later
 * ones over earlier ones), and help. A flag wins over the environment, that over a file, that over the default. Names
 * have dashes; underscores work and give a warning.
 */
export function defineOptions<S extends OptionSpecs>(specs: S): Options<S> {
  const keys = new Map<string, string>();
  for (const [key, spec] of Object.entries(specs)) {
    const flag = flagOf(key, spec);
    assert(/^[a-z][a-z0-9-]*$/.test(flag), `flag ${flag} is not lower case with dashes`);
    assert(!keys.has(flag) && !reserved.has(flag), `flag ${flag} is defined twice`);
    keys.set(flag, key);
  }
  return {
    specs,
    parse: (input) => new Parser(specs, keys).parse(input),
    help: (usage) => helpText(specs, keys, usage),
    values: (given = {}) => {
      const entries = Object.entries(specs).map(([key, spec]) => [key, given[key] ?? spec.default] as const);
      return Object.freeze(Object.fromEntries(entries)) as OptionValues<S>;
    },
  };
}

const configFileFlag = 'config-file';
const reserved: ReadonlySet<string> = new Set(['help', 'version', configFileFlag]);

class Parser<S extends OptionSpecs> {
  private readonly values = new Map<string, unknown>();
  private readonly sources = new Map<string, OptionSource>();
  /** Which file, environment variable or command line gave a value last. */
  private readonly origins = new Map<string, string>();
  private readonly warnings: string[] = [];
  private readonly args: string[] = [];
  private readonly files: string[] = [];
  private action: 'run' | 'help' | 'version' = 'run';

  constructor(
    private readonly specs: S,
    private readonly keys: ReadonlyMap<string, string>,
  ) {}

  parse({ argv, env, readFile = (path) => readFileSync(path, 'utf8') }: ParseInput): ParseResult<S> {
    const flags = this.readFlags(argv);
    if (this.action !== 'run') return { action: this.action };
    if (this.files.length === 0 && env[envOf(configFileFlag)]) {
      this.files.push(...(env[envOf(configFileFlag)] as string).split(','));
    }
    for (const path of this.files) this.applyFile(path, readFile);
    for (const flag of this.keys.keys()) {
      const text = env[envOf(flag)];
      if (text !== undefined) this.set(flag, text, 'env', envOf(flag));
    }
    for (const [flag, text] of flags) this.set(flag, text, 'flag', `--${flag}`);
    return {
      action: 'run',
      values: this.result(),
      args: this.args,
      warnings: this.warnings,
      report: this.report(),
    };
  }

  private readFlags(argv: readonly string[]): [flag: string, text: string][] {
    const found: [string, string][] = [];
    for (let i = 0; i < argv.length; i++) {
      const argument = argv[i];
      if (argument === '--') {
        this.args.push(...argv.slice(i + 1));
        break;
      }
      if (argument === '-h' || argument === '-v') {
        this.action = argument === '-h' ? 'help' : 'version';
        continue;
      }
      if (!argument.startsWith('-') || argument === '-') {
        this.args.push(argument);
        continue;
      }
      if (!argument.startsWith('--')) {
        throw new UsageError(`unknown flag ${argument}: flags start with two dashes`);
      }
      const equals = argument.indexOf('=');
      const flag = this.known(argument.slice(2, equals < 0 ? undefined : equals), '--');
      let text = equals < 0 ? undefined : argument.slice(equals + 1);
      if (flag === 'help' || flag === 'version') {
        this.action = flag;
        continue;
      }
      if (text === undefined) {
        if (flag !== configFileFlag && this.specOf(flag).isBoolean) text = 'true';
        else if (++i < argv.length) text = argv[i];
        else throw new UsageError(`--${flag} needs a value`);
      }
      if (flag === configFileFlag) this.files.push(text);
      else found.push([flag, text]);
    }
    return found;
  }

  private applyFile(path: string, readFile: (path: string) => string): void {
    let text: string;
    try {
      text = readFile(path);
    } catch (error) {
      throw new UsageError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
    }
    for (const [name, value] of parseConfigFile(text, path)) {
      const flag = this.known(name, `${path}: `);
      if (reserved.has(flag)) throw new UsageError(`${path}: ${flag} cannot be set in a file`);
      this.set(flag, value, 'file', `${path}: ${name}`, path);
    }
  }

  /** The flag that a name means. */
  private known(name: string, prefix: string): string {
    const flag = name.replaceAll('_', '-');
    if (!this.keys.has(flag) && !reserved.has(flag)) {
      const near = nearestNames(flag, [...this.keys.keys(), ...reserved]).map((other) => `--${other}`);
      const hint = near.length > 0 ? `; did you mean ${near.join(', ')}?` : '';
      throw new UsageError(`unknown option ${prefix}${name}${hint} See --help for all options.`);
    }
    if (flag !== name) this.warnings.push(`${prefix}${name} is deprecated: write ${prefix}${flag}`);
    return flag;
  }

  private set(
    flag: string,
    text: string,
    source: OptionSource,
    where: string,
    origin: string = source,
  ): void {
    const spec = this.specOf(flag);
    let value: unknown;
    try {
      value = spec.parse(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`${where}: ${spec.secret ? 'invalid value' : error.message}`, { cause: error });
    }
    if (spec.merge && this.origins.get(flag) === origin) value = spec.merge(this.values.get(flag), value);
    this.values.set(flag, value);
    this.sources.set(flag, source);
    this.origins.set(flag, origin);
  }

  private specOf(flag: string): OptionSpec<unknown> {
    return this.specs[this.keys.get(flag) as string] as OptionSpec<unknown>;
  }

  private valueOf(flag: string): unknown {
    return this.values.has(flag) ? this.values.get(flag) : this.specOf(flag).default;
  }

  private result(): OptionValues<S> {
    const entries = [...this.keys].map(([flag, key]) => [key, this.valueOf(flag)] as const);
    return Object.freeze(Object.fromEntries(entries)) as OptionValues<S>;
  }

  private report(): OptionReport[] {
    return [...this.keys.keys()].sort().map((flag) => {
      const spec = this.specOf(flag);
      const text = spec.format(this.valueOf(flag));
      return {
        flag,
        value: spec.secret && text !== '' ? '[secret]' : text,
        source: this.sources.get(flag) ?? 'default',
        help: spec.help,
      };
    });
  }
}

function helpText(specs: OptionSpecs, keys: ReadonlyMap<string, string>, usage: string): string {
  const rows: [string, string][] = [...keys].flatMap(([flag, key]) => {
    const spec = specs[key];
    if (spec.hidden) return [];
    const shown = spec.secret ? '' : spec.format(spec.default as unknown);
    const isZero = shown === '' || shown === 'false';
    return [
      [`--${flag} ${spec.placeholder}`.trimEnd(), `${spec.help}${isZero ? '' : ` (default ${shown})`}`],
    ];
  });
  rows.push(
    [`--${configFileFlag} path`, 'JSON or YAML file with options by name; may be repeated'],
    ['-h, --help', 'print this text'],
    ['-v, --version', 'print the version'],
  );
  const plain = (row: [string, string]): string => row[0].replace(/^-\w, /, '');
  rows.sort((a, b) => (plain(a) < plain(b) ? -1 : 1));
  const lines = rows.map(([flag, help]) => `  ${flag}\n      ${help}`);
  return [
    `Usage: ${usage}`,
    '',
    'Each option can also be set by the environment variable VT_<OPTION> (VT_CONFIG_FILE) or in a configuration file.',
    '',
    'Options:',
    ...lines,
    '',
  ].join('\n');
}
