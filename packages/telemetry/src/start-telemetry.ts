import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import type { BasicTracerProvider, Sampler, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { readTraceConfig, type Environment, type TraceConfig } from './trace-config';

export interface TelemetryOptions {
  /** Name of the service in traces unless `OTEL_SERVICE_NAME` gives one. */
  serviceName: string;
  version: string;
  env: Environment;
  /** Told when spans cannot be delivered; they are dropped then. The same text comes once a minute at most. */
  onError: (message: string) => void;
}

/** What `startTelemetry` has started. */
export interface Telemetry {
  /** False when the environment does not ask for traces: nothing was loaded then. */
  readonly tracing: boolean;
  /** Delivers what is left, for a few seconds at most, and takes the provider off. Never rejects. */
  stop(): Promise<void>;
}

/** Longest that the end of the process waits for a collector. */
const STOP_TIMEOUT_MS = 3000;
const SAME_ERROR_EVERY_MS = 60_000;

/**
 * Sends the spans of this process where the standard OpenTelemetry variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_TRACES_EXPORTER`, ..). The SDK is loaded only then. Once per process, by its main program.
 *
 * @throws VtError INVALID_ARGUMENT for a variable that makes no sense.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const config = readTraceConfig(options.env);
  if (!config) return { tracing: false, stop: () => Promise.resolve() };
  const reportOnce = once(options.onError);
  const report = (...parts: unknown[]): void => reportOnce(parts.map(textOf).join(': '));
  const provider = await createProvider(config, options);
  const quiet = (): void => undefined;
  diag.setLogger(
    { error: report, warn: report, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  trace.setGlobalTracerProvider(provider);
  return {
    tracing: true,
    stop: async () => {
      await within(STOP_TIMEOUT_MS, provider.shutdown(), report);
      trace.disable();
      diag.disable();
    },
  };
}

async function createProvider(config: TraceConfig, options: TelemetryOptions): Promise<BasicTracerProvider> {
  const sdk = await import('@opentelemetry/sdk-trace-base');
  const { defaultResource, resourceFromAttributes } = await import('@opentelemetry/resources');
  return new sdk.BasicTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        ...config.resourceAttributes,
        'service.name': config.serviceName ?? options.serviceName,
        'service.version': options.version,
        'process.pid': process.pid,
      }),
    ),
    sampler: samplerOf(config.sampler, sdk),
    spanProcessors: [new sdk.BatchSpanProcessor(await createExporter(config, sdk), batchOptions(config))],
  });
}

/** Without those that are not given: the processor takes undefined for a value. */
function batchOptions({ batch }: TraceConfig): Record<string, number> {
  const given = Object.entries({
    scheduledDelayMillis: batch.scheduleDelayMs,
    maxQueueSize: batch.maxQueueSize,
    maxExportBatchSize: batch.maxExportBatchSize,
    exportTimeoutMillis: batch.exportTimeoutMs,
  }).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(given);
}

type Sdk = typeof import('@opentelemetry/sdk-trace-base');

async function createExporter(config: TraceConfig, sdk: Sdk): Promise<SpanExporter> {
  if (config.exporter === 'console') return new sdk.ConsoleSpanExporter();
  const { url, headers, timeoutMs: timeoutMillis } = config;
  switch (config.protocol) {
    case 'http/json': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
      return new OTLPTraceExporter({ url, headers, timeoutMillis });
    }
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter({ url, headers, timeoutMillis });
    }
    case 'grpc': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
      // Headers of gRPC are metadata, which the exporter makes of the environment itself.
      return new OTLPTraceExporter({ url, timeoutMillis });
    }
  }
}

function samplerOf({ name, ratio }: TraceConfig['sampler'], sdk: Sdk): Sampler {
  switch (name) {
    case 'always_on':
      return new sdk.AlwaysOnSampler();
    case 'always_off':
      return new sdk.AlwaysOffSampler();
    case 'traceidratio':
      return new sdk.TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new sdk.ParentBasedSampler({ root: new sdk.AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) });
  }
}

function textOf(part: unknown): string {
  if (part instanceof Error) return part.message;
  return typeof part === 'string' ? part : JSON.stringify(part);
}

/** A collector that is away gives the same error with every batch. */
function once(report: (message: string) => void): (message: string) => void {
  const last = new Map<string, number>();
  return (message) => {
    const nowMs = performance.now();
    const beforeMs = last.get(message);
    if (beforeMs !== undefined && nowMs - beforeMs < SAME_ERROR_EVERY_MS) return;
    if (last.size >= 100) last.clear();
    last.set(message, nowMs);
    report(message);
  };
}

async function within(ms: number, work: Promise<void>, report: (message: string) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('the collector did not take the last spans in time'), ms);
  });
  const failure = await Promise.race([
    work.then(
      () => undefined,
      (error: unknown) => `the last spans were not delivered: ${String(error)}`,
    ),
    late,
  ]);
  clearTimeout(timer);
  if (failure !== undefined) report(failure);
}
