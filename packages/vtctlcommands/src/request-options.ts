import { methodTypes, parseTabletAlias, parseTabletType } from '@vitess-ts/proto';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import { bool, flagOf, list, parseDuration, str, UsageError, type OptionSpec } from '@vitess-ts/servenv';
import type { CommandCall } from './command';
import { rpcName, type StreamName, type UnaryName } from './vtctld-calls';
import { durationOf, eventLine } from './wire-values';

type Rpc = UnaryName | StreamName;
type Options = Record<string, OptionSpec<string> | OptionSpec<boolean> | OptionSpec<readonly string[]>>;

const emptyRequest = (rpc: Rpc): Record<string, unknown> =>
  VtctldService[rpc].requestDeserialize(Buffer.alloc(0)) as unknown as Record<string, unknown>;

const isDuration = (key: string): boolean => /(timeout|lag|duration|delay|interval|recent)$/i.test(key);
const isAlias = (key: string): boolean => /(alias|primary|tablet)$/i.test(key);

/** One flag for each field of the requests that can be written on a command line. */
export function requestOptions(rpcs: readonly Rpc[], without: readonly string[] = []): Options {
  const options: Options = {};
  for (const rpc of rpcs) {
    for (const [key, value] of Object.entries(emptyRequest(rpc))) {
      if (without.includes(key)) continue;
      const help = `field ${key} of ${rpcName(rpc)}`;
      if (typeof value === 'boolean') options[key] = bool({ default: false, help });
      else if (Array.isArray(value)) options[key] = list({ default: [], help });
      else if (typeof value !== 'object' || isDuration(key) || isAlias(key))
        options[key] = str({ default: '', help });
    }
  }
  return options;
}

/** The request that the flags say; `fixed` are fields that the command line gives otherwise. */
export function requestOf(
  rpc: Rpc,
  options: Readonly<Record<string, unknown>>,
  fixed: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const request = emptyRequest(rpc);
  for (const [key, empty] of Object.entries(request)) {
    if (Object.hasOwn(fixed, key)) request[key] = fixed[key];
    else if (Object.hasOwn(options, key)) request[key] = fieldOf(key, empty, options[key]);
  }
  return request;
}

function fieldOf(key: string, empty: unknown, given: unknown): unknown {
  if (Array.isArray(given)) {
    if (/tabletTypes$/i.test(key)) return given.map((word) => parseTabletType(String(word)));
    return /(aliases|replicas)$/i.test(key)
      ? given.map((word) => parseTabletAlias(String(word)))
      : [...given];
  }
  if (typeof given !== 'string' || typeof empty === 'string') return given;
  if (given === '') return empty;
  if (typeof empty === 'number' || typeof empty === 'bigint') {
    if (!/^-?\d{1,18}(\.\d+)?$/.test(given))
      throw new UsageError(
        `--${flagOf(key, str({ default: '', help: '' }))}: ${JSON.stringify(given)} is no number`,
      );
    return typeof empty === 'bigint' ? BigInt(given) : Number(given);
  }
  if (isDuration(key)) return durationOf(parseDuration(given));
  return parseTabletAlias(given);
}

/** Calls an RPC and prints its response as JSON; of a stream the log events as they come. */
export async function callAndPrint(
  call: Pick<CommandCall<Record<never, never>>, 'client' | 'printJson' | 'note'>,
  rpc: Rpc,
  request: Record<string, unknown>,
): Promise<void> {
  if (VtctldService[rpc].responseStream) {
    for await (const { event } of call.client.stream(rpc as StreamName, request)) {
      if (event) call.note(eventLine(event));
    }
    return;
  }
  const response = await call.client.call(rpc as UnaryName, request as never);
  const { responseSerialize } = VtctldService[rpc] as unknown as {
    responseSerialize(value: unknown): Buffer;
  };
  const codec = { encode: (message: unknown) => ({ finish: () => responseSerialize(message) }) };
  const type = methodTypes('vtctlservice.Vtctld', rpcName(rpc))?.output ?? '';
  call.printJson(type, codec, response);
}
