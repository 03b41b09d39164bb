import { messageToJson } from '@vitess-ts/proto';
import {
  parseDuration,
  UsageError,
  type OptionSpec,
  type OptionSpecs,
  type OptionValues,
} from '@vitess-ts/servenv';
import type { VtctldCalls } from './vtctld-calls';

/** Where a command writes: results to `out`, what went wrong and progress to `err`. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** What ts-proto generates for a message. */
interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
}

/** What a command works with. */
export class CommandCall<S extends OptionSpecs> {
  constructor(
    readonly client: VtctldCalls,
    readonly args: readonly string[],
    readonly options: OptionValues<S>,
    private readonly output: Output,
    private readonly compact: boolean,
  ) {}

  /** Prints a line. */
  readonly print = (line: string): void => this.output.out(`${line}\n`);

  /** Prints text as it is. */
  readonly write = (text: string): void => this.output.out(text);

  /** Says how the work goes, apart from the result. */
  readonly note = (line: string): void => this.output.err(`${line}\n`);

  /** A message as JSON text in vtctldclient's shape. An absent message is `null`. */
  json<T>(type: string, codec: Codec<T>, message: T | undefined): string {
    return text(this.toJson(type, codec, message));
  }

  printJson<T>(type: string, codec: Codec<T>, message: T | undefined): void {
    this.print(this.json(type, codec, message));
  }

  printJsonList<T>(type: string, codec: Codec<T>, messages: readonly T[]): void {
    this.print(text(messages.map((message) => this.toJson(type, codec, message))));
  }

  /** Keys sorted, as protobuf JSON writes maps. */
  printJsonMap<T>(type: string, codec: Codec<T>, messages: Readonly<Record<string, T>>): void {
    const keys = Object.keys(messages).sort();
    const json = keys.map((key) => [key, this.toJson(type, codec, messages[key])] as const);
    this.print(text(Object.fromEntries(json)));
  }

  private toJson<T>(type: string, codec: Codec<T>, message: T | undefined): unknown {
    if (message === undefined) return null;
    return messageToJson(type, codec.encode(message).finish(), { emitUnpopulated: !this.compact });
  }
}

const text = (value: unknown): string => JSON.stringify(value, null, 2);

export interface CommandDefinition<S extends OptionSpecs> {
  name: string;
  /** Other names that are understood. */
  aliases?: readonly string[];
  /** What follows the name: `<keyspace> [<cell> ...]`. */
  usage: string;
  /** One line for the list of commands. */
  short: string;
  /** More for the help of the command. */
  long?: string;
  options: S;
  /** Flags of one letter: the letter and the flag that it stands for. */
  letters?: Readonly<Record<string, string>>;
  /** Fewest and most arguments. */
  args: readonly [min: number, max: number];
  run(call: CommandCall<S>): Promise<void>;
}

/** A command, whatever its options. */
export type Command = CommandDefinition<OptionSpecs>;

/** Lets the options of a command give the type of what its `run` gets. */
export function command<const S extends OptionSpecs>(definition: CommandDefinition<S>): Command {
  return definition as unknown as Command;
}

/** Texts that may hold commas; repeated flags add up. */
export function texts(help: string): OptionSpec<readonly string[]> {
  return {
    placeholder: 'string',
    default: [],
    help,
    parse: (value) => [value],
    format: (values) => values.join('; '),
    merge: (earlier, later) => [...earlier, ...later],
  };
}

/** Reads `keyspace/shard`. */
export function parseKeyspaceShard(value: string): { keyspace: string; shard: string } {
  const parts = value.split('/');
  if (parts.length === 2 && parts[0] !== '' && parts[1] !== '')
    return { keyspace: parts[0], shard: parts[1] };
  throw new UsageError(`invalid shard path: ${value}, expecting the form <keyspace>/<shard>`);
}

export function parseBoolean(value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new UsageError(`${JSON.stringify(value)} is neither true nor false`);
}

export function parseDurationArgument(value: string): number {
  try {
    return parseDuration(value);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
