/**
 * A LIKE pattern as a test on text, for rows that the gate makes itself (SHOW): `%` any run, `_` one character, `\`
 * takes the next one literally, no difference of case.
 */
export function likePattern(pattern: string): (text: string) => boolean {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '%') source += '.*';
    else if (c === '_') source += '.';
    else source += escapeRegExp(c === '\\' && i + 1 < pattern.length ? pattern[++i] : c);
  }
  const compiled = new RegExp(`^${source}$`, 'isu');
  return (text) => compiled.test(text);
}

function escapeRegExp(c: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c;
}
