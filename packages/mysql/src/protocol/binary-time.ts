import type { ByteSink } from './byte-sink';
import { PayloadReader } from './payload-reader';
import { malformedPacket } from './protocol-error';

/*
 * Dates and times of the binary protocol (MySQL manual, Binary Protocol Value): a length byte, then as many parts as are
 * not zero. The length is 0, 4, 7 or 11 for dates, 0, 8 or 12 for times.
 */

/** Writes `YYYY-MM-DD[ HH:MM:SS[.ffffff]]`; false for any other text. */
export function writeDateTime(sink: ByteSink, text: Buffer): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/.exec(
    text.toString('latin1'),
  );
  if (match === null) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const micros = microsecondsOf(match[7]);
  const hasTime = hour + minute + second > 0;
  if (micros > 0) sink.byte(11);
  else if (hasTime) sink.byte(7);
  else if (year + month + day > 0) sink.byte(4);
  else {
    sink.byte(0);
    return true;
  }
  sink.integer(year, 2);
  sink.byte(month);
  sink.byte(day);
  if (!hasTime && micros === 0) return true;
  sink.byte(hour);
  sink.byte(minute);
  sink.byte(second);
  if (micros > 0) sink.integer(micros, 4);
  return true;
}

/** Writes `[-]HHH:MM:SS[.ffffff]`; false for any other text. */
export function writeTime(sink: ByteSink, text: Buffer): boolean {
  const match = /^(-?)(\d{1,3}):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/.exec(text.toString('latin1'));
  if (match === null) return false;
  const [hours, minute, second] = match.slice(2, 5).map(Number);
  const micros = microsecondsOf(match[5]);
  if (hours + minute + second + micros === 0) {
    sink.byte(0);
    return true;
  }
  sink.byte(micros > 0 ? 12 : 8);
  sink.byte(match[1] === '-' ? 1 : 0);
  sink.integer(Math.floor(hours / 24), 4);
  sink.byte(hours % 24);
  sink.byte(minute);
  sink.byte(second);
  if (micros > 0) sink.integer(micros, 4);
  return true;
}

/** Reads a date, with its time when `withTime`; zero dates come out as such. Throws `SqlError` 2027. */
export function readDateTime(reader: PayloadReader, withTime: boolean): string {
  const parts = partsOf(reader, [0, 4, 7, 11]);
  const date = parts.remaining > 0;
  const year = date ? parts.uint16() : 0;
  const month = date ? parts.uint8() : 0;
  const day = date ? parts.uint8() : 0;
  const text = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
  return withTime ? `${text} ${clock(parts)}` : text;
}

/** Reads a time. Throws `SqlError` 2027. */
export function readTime(reader: PayloadReader): string {
  const parts = partsOf(reader, [0, 8, 12]);
  if (parts.remaining === 0) return '00:00:00';
  const sign = parts.uint8() === 0 ? '' : '-';
  const days = parts.uint32();
  const [hours, ...rest] = clock(parts).split(':');
  return `${sign}${pad(days * 24 + Number(hours))}:${rest.join(':')}`;
}

function partsOf(reader: PayloadReader, lengths: readonly number[]): PayloadReader {
  const length = reader.uint8();
  if (!lengths.includes(length)) throw malformedPacket('a date or time of a length that there is not');
  const bytes = reader.bytes(length);
  return new PayloadReader(bytes, 0, length);
}

function clock(parts: PayloadReader): string {
  if (parts.remaining === 0) return '00:00:00';
  const text = `${pad(parts.uint8())}:${pad(parts.uint8())}:${pad(parts.uint8())}`;
  return parts.remaining === 0 ? text : `${text}.${pad(parts.uint32(), 6)}`;
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

function microsecondsOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(6, '0'));
}
