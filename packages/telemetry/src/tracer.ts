import {
  context as active,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import type { SpanContext } from './traceparent';

export type AttributeValue = string | number | boolean;

export interface StartSpanOptions {
  /** The span above: one of this process, or a context that came from another. The active one when not given. */
  parent?: Span | SpanContext;
  attributes?: Record<string, AttributeValue>;
  kind?: 'internal' | 'server' | 'client';
}

/** One timed piece of work. Whoever starts a span ends it, once. */
export interface Span {
  /** What to send to the next process; undefined when there is no trace to continue. */
  readonly context: SpanContext | undefined;
  setAttribute(key: string, value: AttributeValue): void;
  /** Marks the span as failed. */
  recordError(error: unknown): void;
  end(): void;
}

export interface Tracer {
  /** False when nothing collects spans: skip work that only feeds attributes. */
  readonly enabled: boolean;
  startSpan(name: string, options?: StartSpanOptions): Span;
}

class PassThroughSpan implements Span {
  constructor(readonly context: SpanContext | undefined) {}
  setAttribute(): void {}
  recordError(): void {}
  end(): void {}
}

/** A span that is not recorded and belongs to no trace. */
export const noopSpan: Span = Object.freeze(new PassThroughSpan(undefined));

/** Records nothing; a trace that comes in still goes out, so that it continues at the next process. */
export const noopTracer: Tracer = Object.freeze({
  enabled: false,
  startSpan: (_name: string, options?: StartSpanOptions) => passThrough(options?.parent),
});

function passThrough(parent: Span | SpanContext | undefined): Span {
  if (!parent) return noopSpan;
  if ('traceId' in parent) return new PassThroughSpan(parent);
  return parent instanceof PassThroughSpan ? parent : new PassThroughSpan(parent.context);
}

class RecordedSpan implements Span {
  readonly context: SpanContext;

  constructor(readonly span: OtelSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.context = { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
  }

  setAttribute(key: string, value: AttributeValue): void {
    this.span.setAttribute(key, value);
  }

  recordError(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.span.recordException(error instanceof Error ? error : message);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  end(): void {
    this.span.end();
  }
}

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };

/**
 * The tracer of a component on OpenTelemetry's API. Until an SDK registers a provider it is as cheap as `noopTracer`;
 * it starts to record when one does.
 */
export function createTracer(component: string): Tracer {
  let delegate: OtelTracer | undefined;
  const tracer = (): OtelTracer | undefined => (delegate ??= registeredTracer(component));
  return {
    get enabled() {
      return tracer() !== undefined;
    },
    startSpan(name, options = {}) {
      const otel = tracer();
      if (!otel) return passThrough(options.parent);
      const { attributes, kind = 'internal' } = options;
      return new RecordedSpan(
        otel.startSpan(name, { attributes, kind: kinds[kind] }, parentContext(options.parent)),
      );
    },
  };
}

/** OpenTelemetry answers with a provider of no-op tracers until a real one is registered. */
function registeredTracer(component: string): OtelTracer | undefined {
  const provider = trace.getTracerProvider() as ReturnType<typeof trace.getTracerProvider> & {
    getDelegateTracer?(name: string): OtelTracer | undefined;
  };
  return provider.getDelegateTracer ? provider.getDelegateTracer(component) : provider.getTracer(component);
}

function parentContext(parent: Span | SpanContext | undefined): Context {
  if (!parent) return active.active();
  if (parent instanceof RecordedSpan) return trace.setSpan(active.active(), parent.span);
  const remote = 'traceId' in parent ? parent : parent.context;
  if (!remote) return ROOT_CONTEXT;
  return trace.setSpanContext(active.active(), {
    traceId: remote.traceId,
    spanId: remote.spanId,
    traceFlags: remote.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  });
}

/** Runs `fn` with the span active, so that instrumented libraries (gRPC, HTTP) put theirs under it. */
export function runWithSpan<T>(span: Span, fn: () => T): T {
  return span instanceof RecordedSpan ? active.with(trace.setSpan(active.active(), span.span), fn) : fn();
}
