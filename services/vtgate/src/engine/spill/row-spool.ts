import { RowBatch, RowBatchBuilder, type Field, type Result } from '@vitess-ts/sqltypes';
import type { RowBudget } from '../collect';
import type { ExecContext } from '../primitive';
import { RowRunReader, RowRunWriter, type RowRun } from './row-run';
import type { SpillFile } from './spill-files';

/**
 * All rows of one side of a join, read back in their order: in memory, and where the statement may spill, the rest in a
 * file. The caller closes it.
 */
export class RowSpool {
  fields: Field[] = [];
  length = 0;
  private readonly batches: RowBatch[] = [];
  private bytes = 0;
  private file: SpillFile | undefined;
  private writer: RowRunWriter | undefined;
  private run: RowRun | undefined;

  private constructor(private readonly ctx: ExecContext) {}

  static async of(results: AsyncIterable<Result>, ctx: ExecContext, budget: RowBudget): Promise<RowSpool> {
    const spool = new RowSpool(ctx);
    try {
      for await (const { fields, rows } of results) {
        if (fields.length > 0 && spool.fields.length === 0) spool.fields = fields;
        if (rows.length === 0) continue;
        spool.length += rows.length;
        if (ctx.spill === undefined) budget.add(rows.length);
        await spool.add(rows);
      }
      spool.run = await spool.writer?.finish();
      return spool;
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  /** The rows in batches of at most `rows`. */
  async *chunks(rows: number): AsyncGenerator<RowBatch> {
    const held = RowBatch.concat(this.fields.length, this.batches);
    for (let from = 0; from < held.length; from += rows) yield held.slice(from, from + rows);
    const { file, run } = this;
    if (file === undefined || run === undefined) return;
    const reader = new RowRunReader(file, run);
    const builder = new RowBatchBuilder(this.fields.length);
    for (let row = await reader.next(); row !== undefined; row = reader.take() ?? (await reader.next())) {
      builder.addEncoded(row);
      if (builder.length >= rows) yield builder.finish();
    }
    if (builder.length > 0) yield builder.finish();
  }

  async close(): Promise<void> {
    await this.file?.close();
  }

  private async add(rows: RowBatch): Promise<void> {
    const { spill } = this.ctx;
    const isHeld = this.writer === undefined && this.bytes + rows.data.length <= (spill?.memoryBytes ?? 0);
    if (spill === undefined || isHeld) {
      this.batches.push(rows);
      this.bytes += rows.data.length;
      return;
    }
    this.file ??= await spill.open();
    this.writer ??= new RowRunWriter(this.file);
    for (let i = 0; i < rows.length; i++) this.writer.add(rows.rowBytes(i));
    if (this.writer.isFull) await this.writer.flush();
  }
}
