import type { Code } from './code';

/** An error that has an id: what it says, and how it looks to a caller. Texts, codes and errnos are Vitess's. */
export interface CatalogueEntry {
  /** Absent where the code is that of the error behind it. */
  readonly code?: Code;
  /** The message; each `%s` is an argument. */
  readonly text: string;
  /** What happened and what can be done about it: for `docs/errors.md`, not for the wire. */
  readonly advice: string;
  /** What a MySQL client gets; absent where it follows from the code (see `toSqlError`). */
  readonly errno?: number;
  readonly sqlstate?: string;
}

/** Keeps the literal type of the text, from which `vtError` knows how many arguments it takes. */
export function entry<const Text extends string>(
  code: Code | undefined,
  text: Text,
  advice: string,
  errno?: number,
  sqlstate?: string,
): CatalogueEntry & { readonly text: Text } {
  return { code, text, advice, errno, sqlstate };
}
