const OPENING_REACH = 32;

/** The offset of a statement that starts at a token: moved back over the opening `/*!NNNNN ` that it stands behind. */
export function executableStart(sql: string, tokenStart: number, from = 0): number {
  const opening = /\/\*M?!\d*\s*$/.exec(sql.slice(Math.max(from, tokenStart - OPENING_REACH), tokenStart));
  return opening ? tokenStart - opening[0].length : tokenStart;
}

/** The end of a statement whose last token ends at `tokenEnd`: moved on over the close of an executable comment. */
export function executableEnd(sql: string, tokenEnd: number): number {
  const closing = /^\s*\*\//.exec(sql.slice(tokenEnd, tokenEnd + OPENING_REACH));
  return closing ? tokenEnd + closing[0].length : tokenEnd;
}
