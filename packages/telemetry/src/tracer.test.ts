import { trace, TraceFlags, type Context, type Span, type TracerProvider } from '@opentelemetry/api';
import { createTracer, noopSpan, noopTracer } from './tracer';

const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };

afterEach(() => trace.disable());

test('without a provider nothing is recorded or made, and a trace that came in goes on', () => {
  const tracer = createTracer('vtgate');
  expect(tracer.enabled).toBe(false);
  expect(tracer.startSpan('plan')).toBe(noopSpan);
  expect(noopTracer.startSpan('plan', { parent: remote }).context).toEqual(remote);
  const outer = tracer.startSpan('execute', { parent: remote });
  expect(tracer.startSpan('plan', { parent: outer }).context).toEqual(remote);
});

test('spans go to a provider that is registered later, under their parents', () => {
  const tracer = createTracer('vtgate');
  expect(tracer.enabled).toBe(false);
  const started: { name: string; parentSpanId?: string; ended: boolean; error?: string }[] = [];
  const provider: TracerProvider = {
    getTracer: () => ({
      startSpan(name: string, _options?: unknown, context?: Context) {
        const parent = context && trace.getSpanContext(context);
        const record = {
          name,
          parentSpanId: parent?.spanId,
          ended: false,
          error: undefined as string | undefined,
        };
        started.push(record);
        const spanId = String(started.length).padStart(16, '0');
        return {
          spanContext: () => ({
            traceId: parent?.traceId ?? 'c'.repeat(32),
            spanId,
            traceFlags: TraceFlags.SAMPLED,
          }),
          recordException: () => undefined,
          setStatus: (status: { message?: string }) => (record.error = status.message),
          end: () => (record.ended = true),
        } as unknown as Span;
      },
      startActiveSpan: () => {
        throw new Error('not used');
      },
    }),
  };
  trace.setGlobalTracerProvider(provider);
  expect(tracer.enabled).toBe(true);
  const outer = tracer.startSpan('execute', { parent: remote });
  const inner = tracer.startSpan('shard', { parent: outer });
  inner.recordError(new Error('lost connection'));
  inner.end();
  expect(outer.context).toEqual({ traceId: remote.traceId, spanId: '0000000000000001', sampled: true });
  expect(started).toEqual([
    { name: 'execute', parentSpanId: remote.spanId, ended: false, error: undefined },
    { name: 'shard', parentSpanId: '0000000000000001', ended: true, error: 'lost connection' },
  ]);
});
