import { Code, VtError } from '@vitess-ts/vterrors';

/** The environment of the process, which its main program reads. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type OtlpProtocol = 'grpc' | 'http/json' | 'http/protobuf';

export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

/** Where spans go and which are taken; see the OpenTelemetry specification, "Environment Variable Specification". */
export interface TraceConfig {
  exporter: 'otlp' | 'console';
  protocol: OtlpProtocol;
  /** With the path of traces for HTTP; undefined: the exporter's default on this machine. */
  url: string | undefined;
  headers: Readonly<Record<string, string>>;
  timeoutMs: number | undefined;
  sampler: { name: SamplerName; ratio: number };
  batch: {
    scheduleDelayMs: number | undefined;
    maxQueueSize: number | undefined;
    maxExportBatchSize: number | undefined;
    exportTimeoutMs: number | undefined;
  };
  serviceName: string | undefined;
  resourceAttributes: Readonly<Record<string, string>>;
}

/**
 * What the standard variables ask for; undefined when they do not ask for traces: `OTEL_TRACES_EXPORTER` or an OTLP
 * endpoint turns them on. Certificates and compression are read by the exporter itself.
 *
 * @throws VtError INVALID_ARGUMENT for a value that means nothing; the message names the variable.
 */
export function readTraceConfig(env: Environment): TraceConfig | undefined {
  const { text } = new Reader(env);
  const endpoint = text('OTEL_EXPORTER_OTLP_ENDPOINT');
  const tracesEndpoint = text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const exporter = text('OTEL_TRACES_EXPORTER') ?? ((endpoint ?? tracesEndpoint) ? 'otlp' : 'none');
  if (exporter === 'none' || text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  if (exporter !== 'otlp' && exporter !== 'console') {
    throw invalid('OTEL_TRACES_EXPORTER', exporter, 'otlp, console or none');
  }
  const { number, pairs, word } = new Reader(env);
  const protocol = word(
    text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL')
      ? 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'
      : 'OTEL_EXPORTER_OTLP_PROTOCOL',
    protocols,
    'http/protobuf',
  );
  const resourceAttributes = pairs('OTEL_RESOURCE_ATTRIBUTES');
  return {
    exporter,
    protocol,
    url: tracesEndpoint ?? (endpoint && (protocol === 'grpc' ? endpoint : withTracesPath(endpoint))),
    headers: { ...pairs('OTEL_EXPORTER_OTLP_HEADERS'), ...pairs('OTEL_EXPORTER_OTLP_TRACES_HEADERS') },
    timeoutMs: number('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT') ?? number('OTEL_EXPORTER_OTLP_TIMEOUT'),
    sampler: {
      name: word('OTEL_TRACES_SAMPLER', samplers, 'parentbased_always_on'),
      ratio: number('OTEL_TRACES_SAMPLER_ARG', 1) ?? 1,
    },
    batch: {
      scheduleDelayMs: number('OTEL_BSP_SCHEDULE_DELAY'),
      maxQueueSize: number('OTEL_BSP_MAX_QUEUE_SIZE'),
      maxExportBatchSize: number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
      exportTimeoutMs: number('OTEL_BSP_EXPORT_TIMEOUT'),
    },
    serviceName: text('OTEL_SERVICE_NAME') ?? resourceAttributes['service.name'],
    resourceAttributes,
  };
}

const protocols: readonly OtlpProtocol[] = ['grpc', 'http/json', 'http/protobuf'];
const samplers: readonly SamplerName[] = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

class Reader {
  constructor(private readonly env: Environment) {}

  /** An empty variable counts as one that is not set. */
  readonly text = (name: string): string | undefined => this.env[name]?.trim() || undefined;

  readonly number = (name: string, max = Infinity): number | undefined => {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (!(value <= max))
      throw invalid(name, text, max === Infinity ? 'a number' : `a number from 0 to ${max}`);
    return value;
  };

  readonly word = <W extends string>(name: string, words: readonly W[], otherwise: W): W => {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const found = words.find((word) => word === text);
    if (found === undefined) throw invalid(name, text, words.join(', '));
    return found;
  };

  /** `key=value,key=value`; values are URL-encoded. */
  readonly pairs = (name: string): Record<string, string> => {
    const found: Record<string, string> = {};
    for (const pair of this.text(name)?.split(',') ?? []) {
      const at = pair.indexOf('=');
      if (at <= 0) throw invalid(name, pair, 'key=value,key=value');
      found[pair.slice(0, at).trim()] = decoded(name, pair.slice(at + 1).trim());
    }
    return found;
  };
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalid(name, value, 'URL-encoded values');
  }
}

const withTracesPath = (endpoint: string): string => `${endpoint.replace(/\/+$/, '')}/v1/traces`;

function invalid(name: string, value: string, wanted: string): VtError {
  return new VtError(Code.INVALID_ARGUMENT, `${name}: '${value}' is not ${wanted}`);
}
