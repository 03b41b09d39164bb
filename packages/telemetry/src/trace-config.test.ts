import { readTraceConfig, type Environment } from './trace-config';

const collector = 'http://collector:4318';

test.each<[string, Environment]>([
  ['nothing', {}],
  ['an exporter of none', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: collector }],
  ['a disabled SDK', { OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: collector }],
  ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
])('%s asks for no traces', (_what, env) => {
  expect(readTraceConfig(env)).toBeUndefined();
});

test.each<[string, Environment, string | undefined]>([
  ['the path for HTTP', { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector}/` }, `${collector}/v1/traces`],
  [
    'no path for gRPC',
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    collector,
  ],
  [
    'an endpoint for traces as it is',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector}/in` },
    `${collector}/in`,
  ],
  ['the default', { OTEL_TRACES_EXPORTER: 'otlp' }, undefined],
])('the endpoint: %s', (_what, env, url) => {
  expect(readTraceConfig(env)?.url).toBe(url);
});

test('reads what else there is', () => {
  expect(
    readTraceConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=x%20y',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,zone=a',
    }),
  ).toEqual({
    exporter: 'otlp',
    protocol: 'http/json',
    url: `${collector}/v1/traces`,
    headers: { a: '1', b: 'x y' },
    timeoutMs: 500,
    sampler: { name: 'parentbased_traceidratio', ratio: 0.25 },
    batch: { scheduleDelayMs: 100 },
    serviceName: 'shop',
    resourceAttributes: { 'service.name': 'shop', zone: 'a' },
  });
});

test.each<[Environment, string]>([
  [{ OTEL_TRACES_EXPORTER: 'jaeger' }, "OTEL_TRACES_EXPORTER: 'jaeger' is not otlp, console or none"],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'udp' }, 'grpc, http/json, http/protobuf'],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER_ARG: '2' }, 'a number from 0 to 1'],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'often' }, 'OTEL_TRACES_SAMPLER'],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_HEADERS: 'a' }, 'key=value'],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz' }, 'URL-encoded'],
])('refuses %j', (env, message) => {
  expect(() => readTraceConfig(env)).toThrow(message);
});
