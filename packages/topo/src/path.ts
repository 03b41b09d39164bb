import { Code, VtError } from '@vitess-ts/vterrors';
import { maxContentsBytes } from './conn';

const maxPathLength = 1024;

/**
 * A path as stores keep it: no slash at either end, '' for the root. Throws INVALID_ARGUMENT for what is no path:
 * empty segments, `.` and `..`, control characters, more than 1024 characters.
 */
export function cleanPath(path: string): string {
  const trimmed = path.replace(/^\/|\/$/g, '');
  if (trimmed === '') return '';
  if (trimmed.length > maxPathLength) throw invalid(path, `longer than ${maxPathLength} characters`);
  for (const segment of trimmed.split('/')) {
    if (segment === '') throw invalid(path, 'it has an empty segment');
    if (segment === '.' || segment === '..') throw invalid(path, `it has the segment ${segment}`);
  }
  if (/[\x00-\x1f\x7f]/.test(trimmed)) throw invalid(path, 'it has control characters');
  return trimmed;
}

/** As `cleanPath`, for a file: the root is none. */
export function cleanFilePath(path: string): string {
  const cleaned = cleanPath(path);
  if (cleaned === '') throw invalid(path, 'a file needs a name');
  return cleaned;
}

/** Joins a root with a path below it; either may be ''. */
export function joinPath(root: string, path: string): string {
  if (root === '') return path;
  return path === '' ? root : `${root}/${path}`;
}

export function isAtOrBelow(path: string, dir: string): boolean {
  return dir === '' || path === dir || path.startsWith(`${dir}/`);
}

export function checkContents(path: string, contents: Uint8Array): void {
  if (contents.length > maxContentsBytes) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `contents of ${path} have ${contents.length} bytes: the topology takes ${maxContentsBytes} bytes a file`,
    );
  }
}

function invalid(path: string, why: string): VtError {
  const shown = path.length > 128 ? `${path.slice(0, 128)}…` : path;
  return new VtError(Code.INVALID_ARGUMENT, `${JSON.stringify(shown)} is not a topology path: ${why}`);
}
