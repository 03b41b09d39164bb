import type { AttributeValue, Span, StartSpanOptions, Tracer } from './tracer';
import type { SpanContext } from './traceparent';

/** A span as `RecordingTracer` keeps it. */
export interface RecordedSpanData {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  kind: string;
  attributes: Record<string, AttributeValue>;
  error?: unknown;
  /** How often it was ended: once, when all is well. */
  ends: number;
}

/** Keeps all spans in memory, with ids that count up: for tests. */
export class RecordingTracer implements Tracer {
  enabled = true;
  /** In the order in which they were started. */
  readonly spans: RecordedSpanData[] = [];

  startSpan(name: string, options: StartSpanOptions = {}): Span {
    const parent = contextOf(options.parent);
    const spanId = (this.spans.length + 1).toString(16).padStart(16, '0');
    const data: RecordedSpanData = {
      name,
      traceId: parent?.traceId ?? spanId.padStart(32, '0'),
      spanId,
      parentSpanId: parent?.spanId,
      kind: options.kind ?? 'internal',
      attributes: { ...options.attributes },
      ends: 0,
    };
    this.spans.push(data);
    return {
      context: { traceId: data.traceId, spanId, sampled: parent?.sampled ?? true },
      setAttribute: (key, value) => void (data.attributes[key] = value),
      recordError: (error) => void (data.error = error),
      end: () => void data.ends++,
    };
  }
}

function contextOf(parent: Span | SpanContext | undefined): SpanContext | undefined {
  if (!parent) return undefined;
  return 'traceId' in parent ? parent : parent.context;
}
