import { Level, type Event } from '@vitess-ts/proto/logutil';
import type { Duration } from '@vitess-ts/proto/vttime';

export function durationOf(ms: number): Duration {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) };
}

const letters: Readonly<Record<number, string>> = {
  [Level.INFO]: 'I',
  [Level.WARNING]: 'W',
  [Level.ERROR]: 'E',
  [Level.CONSOLE]: '',
};

/** A log event of the server as a line: level, time, text. */
export function eventLine({ level, time, value }: Event): string {
  const at = time ? new Date(Number(time.seconds) * 1000 + time.nanoseconds / 1e6).toISOString() : '';
  return `${letters[level] ?? ''} ${at} ${value}`.trim();
}
