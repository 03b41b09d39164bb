import { startTelemetry } from '../start-telemetry';
import { createTracer } from '../tracer';

/** One span of a trace that began elsewhere, and one below it. The argument says whether the trace is sampled. */
async function main(): Promise<void> {
  const telemetry = await startTelemetry({
    serviceName: 'vtgate',
    version: '1.2.3',
    env: process.env,
    onError: (message) => process.stderr.write(`${message}\n`),
  });
  const tracer = createTracer('vtgate');
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: process.argv[2] === 'sampled' };
  const outer = tracer.startSpan('outer', { parent, attributes: { rows: 3 } });
  tracer.startSpan('inner', { parent: outer }).end();
  outer.end();
  await telemetry.stop();
  const sdk = Object.keys(require.cache).some((path) => path.includes('sdk-trace'));
  process.stdout.write(JSON.stringify({ tracing: telemetry.tracing, sdk, enabled: tracer.enabled }), () =>
    process.exit(0),
  );
}

void main();
