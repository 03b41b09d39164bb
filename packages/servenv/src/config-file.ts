import { UsageError } from './usage-error';

/** A setting of a configuration file: the option's name as written there, and its value as a flag would give it. */
export type FileSettings = Map<string, string>;

/**
 * Reads a configuration file: a JSON object, or the flat part of YAML: `name: value` lines, lists as `[a, b]` or as
 * `- item` lines below their name, `#` comments, and quoted strings. Nested maps become `key:value,...`.
 *
 * @throws UsageError with the line, for anything else.
 */
export function parseConfigFile(text: string, path: string): FileSettings {
  return text.trimStart().startsWith('{') ? parseJson(text, path) : parseYaml(text, path);
}

function parseJson(text: string, path: string): FileSettings {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  const settings: FileSettings = new Map();
  for (const [name, value] of Object.entries(parsed as object)) {
    settings.set(name, jsonText(value, `${path}: ${name}`));
  }
  return settings;
}

function jsonText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map((item) => jsonText(item, where)).join(',');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, item]) => `${key}:${jsonText(item, where)}`)
      .join(',');
  }
  throw new UsageError(`${where}: null is not a value`);
}

function parseYaml(text: string, path: string): FileSettings {
  const settings: FileSettings = new Map();
  let open: { name: string; items: string[] } | undefined;
  const lines = text.split(/\r?\n/);
  lines.forEach((line, index) => {
    const where = `${path}:${index + 1}`;
    const content = withoutComment(line);
    if (content.trim() === '' || content.trim() === '---') return;
    const item = /^\s*-\s+(.*)$/.exec(content) ?? /^\s+([^\s:]+:\s*\S.*)$/.exec(content);
    if (item) {
      if (!open) throw new UsageError(`${where}: a list or map needs a name above it`);
      open.items.push(scalar(item[1].replace(/^([^\s:"']+):\s+/, '$1:'), where));
      settings.set(open.name, open.items.join(','));
      return;
    }
    const pair = /^([A-Za-z][\w.-]*)\s*:(?:\s+(.*))?$/.exec(content.trimEnd());
    if (!pair) throw new UsageError(`${where}: expected a line of the form name: value`);
    const [, name, value = ''] = pair;
    if (settings.has(name)) throw new UsageError(`${where}: ${name} is set twice`);
    open = value.trim() === '' ? { name, items: [] } : undefined;
    settings.set(name, scalar(value.trim(), where));
  });
  return settings;
}

function scalar(value: string, where: string): string {
  const flow = /^\[(.*)\]$/.exec(value);
  if (flow) {
    return flow[1]
      .split(',')
      .map((item) => scalar(item.trim(), where))
      .join(',');
  }
  if (/^'.*'$/.test(value)) return value.slice(1, -1).replaceAll("''", "'");
  if (/^"/.test(value)) {
    try {
      return String(JSON.parse(value));
    } catch (error) {
      throw new UsageError(`${where}: unfinished or wrong quoted string`, { cause: error });
    }
  }
  if (/^[{&*!|>%@`]/.test(value)) throw new UsageError(`${where}: this kind of YAML value is not supported`);
  return value;
}

/** Cuts a comment: a `#` at the start or after a space, outside quotes. */
function withoutComment(line: string): string {
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (quote) {
      if (c === '\\' && quote === '"') i++;
      else if (c === quote) quote = '';
    } else if ((c === '"' || c === "'") && /(^|[\s:[,])$/.test(line.slice(0, i))) quote = c;
    else if (c === '#' && (i === 0 || /\s/.test(line[i - 1]))) return line.slice(0, i);
  }
  return line;
}
