import { TabletType } from '@vitess-ts/proto/topodata';
import type { Target } from '@vitess-ts/proto/query';
import { RecordingTracer } from '@vitess-ts/telemetry';
import { FakeTablet } from './fake-tablet.contract';
import { describeQueryService } from './query-service.contract';
import { noConnection } from './query-service';
import { TracedQueryService } from './traced-query-service';

const target: Target = { keyspace: 'ks', shard: '-80', tabletType: TabletType.PRIMARY, cell: '' };
const traceId = 'a'.repeat(32);
const ctx = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };

function setUp() {
  const tracer = new RecordingTracer();
  const tablet = new FakeTablet();
  const service = new TracedQueryService(tablet, {
    tracer,
    prefix: 'vttablet',
    kind: 'server',
    attributes: { 'vitess.tablet': 'zone1-100' },
  });
  return { tracer, tablet, service };
}

for (const enabled of [true, false]) {
  describeQueryService(`traced (${enabled ? 'on' : 'off'})`, async (tablet) => {
    const tracer = new RecordingTracer();
    tracer.enabled = enabled;
    const service = new TracedQueryService(tablet, { tracer, prefix: 'vttablet', kind: 'server' });
    return { service, close: () => Promise.resolve() };
  });
}

describe('TracedQueryService', () => {
  it('puts a span between the caller and the call', async () => {
    const { tracer, tablet, service } = setUp();
    await service.execute(ctx, target, { sql: 'select :v1', bindVariables: {} }, noConnection);
    expect(tracer.spans).toEqual([
      {
        name: 'vttablet.Execute',
        traceId,
        spanId: '0000000000000001',
        parentSpanId: 'b'.repeat(16),
        kind: 'server',
        attributes: {
          'vitess.tablet': 'zone1-100',
          'vitess.keyspace': 'ks',
          'vitess.shard': '-80',
          'vitess.tablet_type': 'primary',
          'db.statement': 'select :v1',
          'vitess.rows': 3,
        },
        ends: 1,
      },
    ]);
    expect(tablet.calls[0].ctx.traceparent).toBe(`00-${traceId}-0000000000000001-01`);
  });

  it('begins a trace when none comes in, and follows a traceparent that means nothing no further', async () => {
    const { tracer, service } = setUp();
    await service.begin({}, target);
    await service.begin({ traceparent: 'nonsense' }, target);
    expect(tracer.spans.map((s) => s.parentSpanId)).toEqual([undefined, undefined]);
  });

  it.each([
    ['thrown', (service: TracedQueryService) => service.execute(ctx, target, failing, noConnection)],
    ['in the answer', (service: TracedQueryService) => service.beginExecute(ctx, target, [], failing, 0n)],
  ])('notes an error that is %s', async (_how, call) => {
    const { tracer, service } = setUp();
    await call(service).catch(() => undefined);
    expect(tracer.spans).toMatchObject([{ error: { errno: 1062 }, ends: 1 }]);
  });

  it('ends the span of a stream with its rows, also when the reader stops early', async () => {
    const { tracer, service } = setUp();
    for await (const result of service.streamExecute(
      ctx,
      target,
      { sql: 'endless', bindVariables: {} },
      noConnection,
    )) {
      if (result.rows.value(0, 0)?.toString() === '2') break;
    }
    expect(tracer.spans).toMatchObject([
      { name: 'vttablet.StreamExecute', attributes: { 'vitess.rows': 3 }, ends: 1 },
    ]);
  });

  it('makes and changes nothing while nothing collects spans', async () => {
    const { tracer, tablet, service } = setUp();
    tracer.enabled = false;
    await service.execute(ctx, target, { sql: 'select', bindVariables: {} }, noConnection);
    await service.commit(ctx, target, 1n);
    expect(tracer.spans).toEqual([]);
    expect(tablet.calls.map((call) => call.ctx)).toEqual([ctx, ctx]);
    expect(tablet.calls[0].ctx).toBe(ctx);
  });
});

const failing = { sql: 'duplicate', bindVariables: {} };
