import type { SqlError, VtError } from '@vitess-ts/vterrors';
import { decodeErr } from '../protocol/err-packet';
import { Header } from '../protocol/constants';
import { decodeOk } from '../protocol/ok-packet';
import { malformedPacket } from '../protocol/protocol-error';

/** What a command may ask of the connection that runs it. */
export interface CommandHost {
  readonly deprecateEof: boolean;
  statusFlags: number;
  /** Stops and restarts reading from the socket (back-pressure). */
  pause(): void;
  resume(): void;
  /** Closes the socket because the rest of the response is not wanted or not understood. */
  abandon(error: SqlError | VtError): void;
}

/** A command that was sent and whose response is being read. */
export interface RunningCommand {
  /** Takes one payload of the response, buf[start, end), valid only during the call. True: the response is whole. */
  payload(buf: Buffer, start: number, end: number): boolean;
  /** Called after each read from the socket while the command runs. */
  afterRead(): void;
  /** Ends the command: the connection is lost, or it was abandoned. Called at most once, never after the end. */
  fail(error: SqlError | VtError): void;
}

/** A command that answers OK or ERR: COM_PING, COM_INIT_DB, COM_RESET_CONNECTION. */
export class SimpleCommand implements RunningCommand {
  constructor(
    private readonly host: CommandHost,
    private readonly resolve: () => void,
    private readonly reject: (error: Error) => void,
  ) {}

  payload(buf: Buffer, start: number, end: number): boolean {
    if (buf[start] === Header.ERR) {
      this.reject(decodeErr(buf, start, end));
      return true;
    }
    if (buf[start] !== Header.OK || end === start) throw malformedPacket('expected OK');
    this.host.statusFlags = decodeOk(buf, start, end).statusFlags;
    this.resolve();
    return true;
  }

  afterRead(): void {
    // One packet is the whole response: there is nothing to flush.
  }

  fail(error: Error): void {
    this.reject(error);
  }
}
