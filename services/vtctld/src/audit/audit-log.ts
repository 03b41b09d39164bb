import { appendFile, readFile } from 'node:fs/promises';
import { AuditRecord } from '@vitess-ts/proto/vtaudit';
import type { Logger } from '@vitess-ts/servenv';

/** A record as the HTTP API shows it. */
export interface AuditEntry {
  /** When it began, ISO 8601. */
  time: string;
  caller: string;
  rpc: string;
  /** JSON, cut when it is very long. */
  request: string;
  took_ms: number;
  /** Empty when it went well. */
  error: string;
  changes: { cell: string; path: string; before: string; after: string }[];
}

/** Records that are kept for readers. */
const kept = 1_000;
const standardLimit = 100;

export interface AuditQuery {
  /** Most records; 0 is 100. */
  limit: number;
  /** Names of RPCs; all when empty. */
  rpcs: readonly string[];
  /** Only older ones; 0n begins with the newest. */
  beforeId: bigint;
}

/**
 * The changes that were asked of this vtctld: the last thousand in memory and, where a file is named, all of them there,
 * a line of JSON each. The file is opened anew for each line, so it may be rotated.
 */
export class AuditLog {
  private records: AuditRecord[] = [];
  private lastId = 0n;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: Logger,
    private readonly file = '',
  ) {}

  /** Reads what an earlier process left in the file. */
  async load(): Promise<void> {
    if (this.file === '') return;
    const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    for (const line of text.split('\n').slice(-kept - 1)) {
      if (line === '') continue;
      try {
        this.keep(AuditRecord.fromJSON(JSON.parse(line)));
      } catch (error) {
        this.log.warn('a line of the audit log cannot be read', { file: this.file, error });
      }
    }
  }

  add(record: Omit<AuditRecord, 'id'>): void {
    const full = { ...record, id: this.lastId + 1n };
    this.keep(full);
    if (this.file === '') return;
    const line = `${JSON.stringify(AuditRecord.toJSON(full))}\n`;
    this.writing = this.writing.then(() =>
      appendFile(this.file, line, { mode: 0o600 }).catch((error: unknown) => {
        this.log.error('the audit log cannot be written', { file: this.file, error });
      }),
    );
  }

  /** The newest first. */
  read({ limit, rpcs, beforeId }: AuditQuery): AuditRecord[] {
    const found: AuditRecord[] = [];
    for (let i = this.records.length - 1; i >= 0; i--) {
      const record = this.records[i];
      if (beforeId !== 0n && record.id >= beforeId) continue;
      if (rpcs.length > 0 && !rpcs.includes(record.rpc)) continue;
      found.push(record);
      if (found.length >= (limit === 0 ? standardLimit : limit)) break;
    }
    return found;
  }

  /** All that are kept, the newest first. */
  entries(): AuditEntry[] {
    return this.records
      .slice(-kept)
      .reverse()
      .map(({ time, caller, rpc, request, tookMs, error, changes }) => ({
        time: new Date(Number(time?.seconds ?? 0n) * 1000 + (time?.nanoseconds ?? 0) / 1e6).toISOString(),
        caller,
        rpc,
        request,
        took_ms: tookMs,
        error,
        changes,
      }));
  }

  /** Resolves when all is in the file. */
  async close(): Promise<void> {
    await this.writing;
  }

  private keep(record: AuditRecord): void {
    this.records.push(record);
    if (this.records.length > 2 * kept) this.records = this.records.slice(-kept);
    if (record.id > this.lastId) this.lastId = record.id;
  }
}
