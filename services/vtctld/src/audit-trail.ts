/** One change that somebody asked for. */
export interface AuditEntry {
  /** When it began, ISO 8601. */
  time: string;
  /** Where the call came from, and the user's name where one logged in. */
  caller: string;
  rpc: string;
  /** The request as JSON, cut when it is very long. */
  request: string;
  took_ms: number;
  /** Empty when it went well. */
  error: string;
}

const keptEntries = 1_000;

/** The latest changes that went through this process; the log file has them all. */
export class AuditTrail {
  private readonly kept: AuditEntry[] = [];

  add(entry: AuditEntry): void {
    this.kept.push(entry);
    if (this.kept.length > keptEntries) this.kept.shift();
  }

  /** The latest first. */
  entries(): AuditEntry[] {
    return [...this.kept].reverse();
  }
}
