import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFormat = 'json' | 'text';
export type LogFields = Record<string, unknown>;

/** Takes complete lines, each with its newline. */
export interface LogSink {
  write(line: string, level: LogLevel): void;
  close(): void;
}

export interface Logger {
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
  isEnabled(level: LogLevel): boolean;
  /** A logger of a part: `component` follows this one's after a slash, `fields` go into each of its lines. */
  child(component: string, fields?: LogFields): Logger;
}

export interface LoggerOptions {
  component: string;
  level?: LogLevel;
  format?: LogFormat;
  sink: LogSink;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Longest line; what is over is cut, and the line says so. */
const longestLine = 64 * 1024;

/**
 * A logger that writes one line a call: JSON `{time, level, component, msg, ...fields}`, or text. Fields of any kind
 * are safe: errors give message, code and stack, bigints are strings, cycles are named.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { component, level = 'info', format = 'json', sink, now = Date.now } = options;
  return new LineLogger({ threshold: logLevels.indexOf(level), format, sink, now }, component, {});
}

/** A logger that drops everything, for tests and for libraries whose user does not care. */
export const silentLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isEnabled: () => false,
  child: (): Logger => silentLogger,
});

interface Output {
  threshold: number;
  format: LogFormat;
  sink: LogSink;
  now: () => number;
}

class LineLogger implements Logger {
  constructor(
    private readonly output: Output,
    private readonly component: string,
    private readonly fields: LogFields,
  ) {}

  debug(msg: string, fields?: LogFields): void {
    this.log('debug', msg, fields);
  }

  info(msg: string, fields?: LogFields): void {
    this.log('info', msg, fields);
  }

  warn(msg: string, fields?: LogFields): void {
    this.log('warn', msg, fields);
  }

  error(msg: string, fields?: LogFields): void {
    this.log('error', msg, fields);
  }

  isEnabled(level: LogLevel): boolean {
    return logLevels.indexOf(level) >= this.output.threshold;
  }

  child(component: string, fields: LogFields = {}): Logger {
    return new LineLogger(this.output, `${this.component}/${component}`, { ...this.fields, ...fields });
  }

  private log(level: LogLevel, msg: string, fields: LogFields | undefined): void {
    if (!this.isEnabled(level)) return;
    const time = new Date(this.output.now()).toISOString();
    const all = { ...this.fields, ...fields };
    const line =
      this.output.format === 'json'
        ? jsonLine({ time, level, component: this.component, msg }, all)
        : textLine(`${time} ${level.toUpperCase().padEnd(5)} ${this.component}: ${msg}`, all);
    this.output.sink.write(`${line}\n`, level);
  }
}

function jsonLine(
  head: { time: string; level: string; component: string; msg: string },
  fields: LogFields,
): string {
  // The head wins: a field must not pass for the time or the component of the line.
  const line = stringify({ ...head, ...fields, ...head }, head);
  if (line.length <= longestLine) return line;
  return stringify({ ...head, msg: head.msg.slice(0, longestLine / 2), truncated: line.length });
}

function textLine(head: string, fields: LogFields): string {
  const tail = Object.entries(fields).map(([name, value]) => {
    const text = stringify(value);
    return ` ${name}=${/^"[^\s"=]+"$/.test(text) ? text.slice(1, -1) : text}`;
  });
  const line = (head + tail.join('')).replace(/[\r\n]+/g, ' ');
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)} ...(${line.length} characters)`;
}

function stringify(value: unknown, otherwise: object = {}): string {
  try {
    return serialise(value);
  } catch (error) {
    // A field with a failing toJSON or getter must not fail whoever logs it.
    return JSON.stringify({ ...otherwise, unserialisable: String(error) });
  }
}

function serialise(value: unknown): string {
  const path: unknown[] = [];
  const text = JSON.stringify(value, function (this: unknown, _key, item: unknown) {
    while (path.length > 0 && path[path.length - 1] !== this) path.pop();
    const plain = plainOf(item);
    if (typeof plain !== 'object' || plain === null) return plain;
    if (path.includes(plain)) return '[circular]';
    path.push(plain);
    return plain;
  });
  return text ?? 'null';
}

function plainOf(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return describeError(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}

function describeError(error: Error): LogFields {
  const { code, errno, sqlstate } = error as Error & { code?: unknown; errno?: unknown; sqlstate?: unknown };
  return {
    name: error.name,
    message: error.message,
    code,
    errno,
    sqlstate,
    stack: error.stack,
    cause: error.cause,
  };
}

export const stderrSink: LogSink = Object.freeze({
  write: (line: string) => void process.stderr.write(line),
  close: () => undefined,
});

/** Appends to a file, made with its folder when missing. Lines are written at once, so that none is lost in a crash. */
export function fileSink(path: string): LogSink {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a', 0o640);
  let open = true;
  return {
    write: (line) => {
      if (open) writeSync(file, line);
    },
    close: () => {
      if (open) closeSync(file);
      open = false;
    },
  };
}
