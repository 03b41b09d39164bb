import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import { cutColumns } from './column-cut';
import { endStreams, openStreams, type OpenedStream } from './open-streams';
import { unifyShardFields } from './unify-fields';

interface Arrival {
  from: OpenedStream;
  /** Absent when the stream has ended. */
  result?: Result;
  error?: unknown;
  failed?: boolean;
}

/**
 * Rows of all streams under one header, in the order in which they come, at most one result read ahead per stream.
 * The first failure ends all. The last `hidden` columns are cut.
 */
export async function* mergeUnordered(
  streams: readonly AsyncIterable<Result>[],
  hidden = 0,
): AsyncGenerator<Result> {
  const opened = await openStreams(streams);
  const open = new Set(opened);
  try {
    const fields = unifyShardFields(opened.map((o) => o.first.fields));
    const width = fields.length - hidden;
    let warnings = 0;
    yield emptyResult({ fields: fields.slice(0, width) });
    const inbox = new Inbox();
    for (const stream of opened) inbox.read(stream);
    for (const { first } of opened) {
      warnings += first.warnings;
      if (first.rows.length > 0) yield emptyResult({ rows: cutColumns(first.rows, width) });
    }
    while (open.size > 0) {
      const { from, result, failed, error } = await inbox.take();
      if (failed || result === undefined) open.delete(from);
      if (failed) throw error;
      if (result === undefined) continue;
      inbox.read(from);
      warnings += result.warnings;
      if (result.rows.length > 0) yield emptyResult({ rows: cutColumns(result.rows, width) });
    }
    if (warnings > 0) yield emptyResult({ warnings });
  } finally {
    await endStreams([...open].map((o) => o.iterator));
  }
}

/** What streams brought and nobody has taken yet. */
class Inbox {
  private readonly arrived: Arrival[] = [];
  private wake: (() => void) | undefined;

  read(from: OpenedStream): void {
    from.iterator.next().then(
      ({ done, value }) => this.arrive(done ? { from } : { from, result: value }),
      (error: unknown) => this.arrive({ from, error, failed: true }),
    );
  }

  async take(): Promise<Arrival> {
    while (this.arrived.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.arrived.shift()!;
  }

  private arrive(arrival: Arrival): void {
    this.arrived.push(arrival);
    this.wake?.();
  }
}
