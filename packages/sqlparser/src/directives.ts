const DIRECTIVE = /^\/\*vt\+([\s\S]*)\*\/$/;

/** One `NAME=value`, with the value in quotes or not, or a bare NAME. */
const SETTING = /([A-Za-z_][\w-]*)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)))?/g;

/**
 * The settings of a statement's directives: its comments of the form `/*vt+ NAME=value NAME *\/`. Names are in upper
 * case; a bare name reads as `1`. The last setting of a name counts.
 */
export function parseDirectives(comments: readonly string[]): Map<string, string> {
  const directives = new Map<string, string>();
  for (const comment of comments) {
    const body = DIRECTIVE.exec(comment)?.[1];
    if (body === undefined) continue;
    for (const [, name, double, single, bare] of body.matchAll(SETTING)) {
      directives.set(name.toUpperCase(), double ?? single ?? bare ?? '1');
    }
  }
  return directives;
}
