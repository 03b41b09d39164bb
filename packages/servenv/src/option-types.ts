import { UsageError } from './usage-error';

/** One option: its type, default and help. `parse` takes one occurrence of the flag; see `merge` for more of them. */
export interface OptionSpec<T> {
  /** The word after the flag in the help text; empty for booleans, which take no separate value. */
  readonly placeholder: string;
  readonly default: T;
  readonly help: string;
  /** The flag without dashes; made of the key when not given. */
  readonly flag?: string;
  /** Not shown in pages and logs. */
  readonly secret?: boolean;
  /** Not shown in the help text. */
  readonly hidden?: boolean;
  readonly isBoolean?: boolean;
  /** Ends in the unit that the flag's value says itself. */
  readonly keyUnit?: string;
  /** Throws UsageError; the caller adds which option it was. */
  parse(text: string): T;
  format(value: T): string;
  /** A later occurrence after an earlier one; without it the last one wins. */
  merge?(earlier: T, later: T): T;
}

export interface OptionSettings<T> {
  default: T;
  help: string;
  flag?: string;
  secret?: boolean;
  hidden?: boolean;
}

/** Text. */
export function str(settings: OptionSettings<string>): OptionSpec<string> {
  return {
    ...settings,
    placeholder: 'string',
    parse: (text) => text,
    format: (value) => value,
  };
}

/** One of a few words. */
export function oneOf<const W extends string>(
  words: readonly W[],
  settings: OptionSettings<NoInfer<W>>,
): OptionSpec<W> {
  return {
    ...settings,
    placeholder: words.join('|'),
    parse(text) {
      const word = words.find((candidate) => candidate === text);
      if (word === undefined) throw new UsageError(`${quote(text)} is not one of ${words.join(', ')}`);
      return word;
    },
    format: (value) => value,
  };
}

/** A whole number within `min` and `max`, both included. */
export function int(settings: OptionSettings<number> & { min?: number; max?: number }): OptionSpec<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, ...rest } = settings;
  return {
    ...rest,
    placeholder: 'int',
    parse(text) {
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
      if (!Number.isSafeInteger(value)) throw new UsageError(`${quote(text)} is not a whole number`);
      return within(value, min, max);
    },
    format: String,
  };
}

/** A port number; 0 means none, or any free one, as the help of the option says. */
export const port = (settings: OptionSettings<number>): OptionSpec<number> =>
  int({ ...settings, min: 0, max: 65535 });

export function float(settings: OptionSettings<number> & { min?: number; max?: number }): OptionSpec<number> {
  const { min = -Infinity, max = Infinity, ...rest } = settings;
  return {
    ...rest,
    placeholder: 'float',
    parse(text) {
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
        throw new UsageError(`${quote(text)} is not a number`);
      }
      return within(Number(text), min, max);
    },
    format: String,
  };
}

/** `--flag`, `--flag=true` or `--flag=false`. */
export function bool(settings: OptionSettings<boolean>): OptionSpec<boolean> {
  return {
    ...settings,
    placeholder: '',
    isBoolean: true,
    parse(text) {
      if (/^(1|t|true)$/i.test(text)) return true;
      if (/^(0|f|false)$/i.test(text)) return false;
      throw new UsageError(`${quote(text)} is neither true nor false`);
    },
    format: String,
  };
}

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A time such as `30s`, `100ms` or `1h30m`, in milliseconds. A key that ends in `Ms` gives the flag without it. */
export function duration(settings: OptionSettings<number>): OptionSpec<number> {
  return {
    ...settings,
    placeholder: 'duration',
    keyUnit: 'Ms',
    parse: parseDuration,
    format: formatDuration,
  };
}

/** Milliseconds of a time such as `1m30s`. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw new UsageError(`${quote(text)} is not a time: write it with a unit, such as 30s or 100ms`);
  }
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    totalMs += Number(amount) * unitsMs[unit];
  }
  return within(totalMs, 0, Number.MAX_SAFE_INTEGER);
}

export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const parts: string[] = [];
  let left = ms;
  for (const [unit, size] of [
    ['h', unitsMs.h],
    ['m', unitsMs.m],
    ['s', unitsMs.s],
  ] as const) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * size;
  }
  if (left > 0) parts.push(`${Number(left.toFixed(6))}ms`);
  return parts.join('');
}

/** `a,b,c`; repeated flags add up. */
export function list(settings: OptionSettings<readonly string[]>): OptionSpec<readonly string[]> {
  return {
    ...settings,
    placeholder: 'strings',
    parse: splitList,
    format: (value) => value.join(','),
    merge: (earlier, later) => [...earlier, ...later],
  };
}

/** `key:value,key=value`; repeated flags add up. */
export function map(
  settings: OptionSettings<Readonly<Record<string, string>>>,
): OptionSpec<Readonly<Record<string, string>>> {
  return {
    ...settings,
    placeholder: 'key:value,...',
    parse(text) {
      const entries = splitList(text).map((item) => {
        const at = item.search(/[:=]/);
        if (at <= 0) throw new UsageError(`${quote(item)} is not of the form key:value`);
        return [item.slice(0, at), item.slice(at + 1)] as const;
      });
      return Object.fromEntries(entries);
    },
    format: (value) =>
      Object.entries(value)
        .map(([key, item]) => `${key}:${item}`)
        .join(','),
    merge: (earlier, later) => ({ ...earlier, ...later }),
  };
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function within(value: number, min: number, max: number): number {
  if (value < min || value > max) throw new UsageError(`${value} is not within ${min} and ${max}`);
  return value;
}

const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
