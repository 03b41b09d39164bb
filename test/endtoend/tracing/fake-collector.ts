import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** '' for a root. */
  parentSpanId: string;
  scope: string;
  attributes: Record<string, string | number | boolean>;
}

interface ExportRequest {
  resourceSpans: {
    scopeSpans: {
      scope: { name: string };
      spans: (Pick<CollectedSpan, 'name' | 'traceId' | 'spanId'> & {
        parentSpanId?: string;
        attributes: { key: string; value: Record<string, string | number | boolean> }[];
      })[];
    }[];
  }[];
}

/** An OpenTelemetry collector that keeps the spans it gets as OTLP in JSON. */
export class FakeCollector {
  readonly spans: CollectedSpan[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeCollector> {
    const collector = new FakeCollector(
      createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          if (request.url === '/v1/traces') collector.take(Buffer.concat(chunks).toString());
          response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        });
      }),
    );
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The spans of one trace, once there are so many of them. */
  async trace(traceId: string, count: number): Promise<CollectedSpan[]> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const spans = this.spans.filter((span) => span.traceId === traceId);
      if (spans.length >= count) return spans;
      if (Date.now() > deadline) {
        throw new Error(`only ${spans.length} spans of ${count}: ${spans.map((s) => s.name).join(', ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(body: string): void {
    for (const { scopeSpans } of (JSON.parse(body) as ExportRequest).resourceSpans) {
      for (const { scope, spans } of scopeSpans) {
        for (const { name, traceId, spanId, parentSpanId = '', attributes } of spans) {
          const values = attributes.map(({ key, value }) => [key, Object.values(value)[0]] as const);
          this.spans.push({
            name,
            traceId,
            spanId,
            parentSpanId,
            scope: scope.name,
            attributes: Object.fromEntries(values),
          });
        }
      }
    }
  }
}
