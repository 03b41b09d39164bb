import type { Session } from '../session/session';

/** A client connection, as SHOW PROCESSLIST shows it. */
export interface ClientProcess {
  connectionId: number;
  user: string;
  /** `host:port`, or what the front knows of where the client is. */
  host: string;
  /** The session of this moment; COM_RESET_CONNECTION makes a new one. */
  session: () => Session;
}

/** The client connections of this gate: KILL takes their ids, so these are what SHOW PROCESSLIST must show. */
export class ProcessList {
  private readonly processes = new Map<number, ClientProcess>();

  add(process: ClientProcess): void {
    this.processes.set(process.connectionId, process);
  }

  remove(connectionId: number): void {
    this.processes.delete(connectionId);
  }

  all(): ClientProcess[] {
    return [...this.processes.values()].sort((a, b) => a.connectionId - b.connectionId);
  }
}
