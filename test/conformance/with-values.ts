/** Values of bind variables, which the statements of the corpus have in places. */
export function withValues(query: string): string {
  return query
    .replace(/('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|::\w+/g, (m, quoted?: string) => quoted ?? '(1, 2, 3)')
    .replace(/('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|:[a-z_]\w*|\?/gi, (m, quoted?: string) => quoted ?? '1');
}
