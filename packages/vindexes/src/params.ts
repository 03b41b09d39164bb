import { readFileSync } from 'node:fs';
import { Code, VtError } from '@vitess-ts/vterrors';

type Params = Readonly<Record<string, string>>;

/** A map in a file larger than this is refused. */
const MAX_BYTES = 64 * 1024 * 1024;

export function invalidParam(vindex: string, param: string, value: string | undefined, why: string): VtError {
  const shown = value === undefined ? 'is missing' : `"${value.slice(0, 100)}" is invalid`;
  return new VtError(Code.INVALID_ARGUMENT, `vindex ${vindex}: param '${param}' ${shown}: it ${why}`);
}

/** `true` or `false`; false when it is not given. */
export function booleanParam(vindex: string, params: Params, param: string): boolean {
  const value = params[param] ?? 'false';
  if (value !== 'true' && value !== 'false')
    throw invalidParam(vindex, param, value, "must be 'true' or 'false'");
  return value === 'true';
}

export function numberParam(vindex: string, params: Params, param: string): number {
  const value = Object.hasOwn(params, param) ? params[param] : undefined;
  if (value === undefined || !/^ *\d{1,9} *$/.test(value))
    throw invalidParam(vindex, param, value, 'must be a number');
  return Number(value);
}

/** A JSON object: written in the param itself, or in the file that it names. */
export function jsonParam(vindex: string, params: Params, param: string): Record<string, unknown> {
  const value = Object.hasOwn(params, param) ? params[param] : undefined;
  if (value === undefined || value === '') throw invalidParam(vindex, param, undefined, 'must be given');
  const text = value.trimStart().startsWith('{') ? value : fileText(vindex, param, value);
  return parsedObject(vindex, param, text);
}

export function fileText(vindex: string, param: string, path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_BYTES) return bytes.toString('utf8');
  } catch (error) {
    const why = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new VtError(Code.INVALID_ARGUMENT, `vindex ${vindex}: the file of param '${param}' ${why}`, {
      cause: error,
    });
  }
  throw invalidParam(vindex, param, path, `must name a file of at most ${MAX_BYTES} bytes`);
}

export function parsedObject(vindex: string, param: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `vindex ${vindex}: param '${param}' is no JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidParam(vindex, param, text, 'must be a JSON object');
  }
  return parsed as Record<string, unknown>;
}
