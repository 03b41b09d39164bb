import { tabletAliasString } from '@vitess-ts/proto';
import { Level, type Event } from '@vitess-ts/proto/logutil';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import type { Duration, Time } from '@vitess-ts/proto/vttime';
import type { VtctldService } from '@vitess-ts/proto/vtctlservice';
import type { CallContext, Handlers, Logger } from '@vitess-ts/servenv';
import type { TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { TabletManager } from './tablet-manager';

/** What the handlers work with. */
export interface VtctldContext {
  topo: TopoServer;
  tm: TabletManager;
  log: Logger;
}

export type VtctldHandlers = Handlers<typeof VtctldService>;

/** Limit of a call to a tablet that only looks or sets something small. */
export const shortCallMs = 30_000;

/** Limit of a call that works as long as its caller waits: what is left of the caller's time, an hour if unlimited. */
export function longCallMs({ deadlineMs }: CallContext): number {
  return deadlineMs === undefined ? 3_600_000 : Math.max(1, deadlineMs - Date.now());
}

/** Throws INVALID_ARGUMENT when the request lacks an alias. */
export function requireAlias(alias: TabletAlias | undefined): TabletAlias {
  if (alias && alias.cell !== '') return alias;
  throw new VtError(Code.INVALID_ARGUMENT, `a tablet alias is needed, not "${tabletAliasString(alias)}"`);
}

export function requireName(what: string, name: string): string {
  if (name !== '') return name;
  throw new VtError(Code.INVALID_ARGUMENT, `${what} is required`);
}

export function timeOf(epochMs: number): Time {
  return { seconds: BigInt(Math.floor(epochMs / 1000)), nanoseconds: (epochMs % 1000) * 1_000_000 };
}

/** Negative when `a` is earlier; a time that is not set is earlier than all. */
export function compareTimes(a: Time | undefined, b: Time | undefined): number {
  if (!a || !b) return Number(a !== undefined) - Number(b !== undefined);
  return a.seconds === b.seconds ? a.nanoseconds - b.nanoseconds : a.seconds < b.seconds ? -1 : 1;
}

export function durationMs(duration: Duration | undefined, otherwiseMs: number): number {
  return duration ? Number(duration.seconds) * 1000 + duration.nanos / 1e6 : otherwiseMs;
}

/** What a command tells its caller of its course, besides its result; logged as well. */
export class EventLog {
  readonly events: Event[] = [];

  constructor(private readonly log: Logger) {}

  info(value: string): void {
    this.log.info(value);
    this.add(Level.INFO, value);
  }

  warn(value: string): void {
    this.log.warn(value);
    this.add(Level.WARNING, value);
  }

  private add(level: Level, value: string): void {
    this.events.push({ time: timeOf(Date.now()), level, file: '', line: 0n, value });
  }
}
