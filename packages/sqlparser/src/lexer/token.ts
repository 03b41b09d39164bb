/** Kinds of token. A keyword is a `WORD` whose `word` is not empty. */
export const Token = {
  EOF: 0,
  WORD: 1,
  /** Identifier in backquotes, or in double quotes under ANSI_QUOTES. */
  QUOTED: 2,
  INT: 3,
  DECIMAL: 4,
  FLOAT: 5,
  STRING: 6,
  /** N'..' */
  NSTRING: 7,
  /** 0x1F */
  HEXNUM: 8,
  /** x'1F' */
  HEXVAL: 9,
  /** 0b1 */
  BITNUM: 10,
  /** b'1' */
  BITVAL: 11,
  /** :name */
  ARG: 12,
  /** ::name */
  LIST_ARG: 13,
  /** ? */
  PARAM: 14,
  /** @name */
  USER_VAR: 15,
  /** @@name */
  SYSTEM_VAR: 16,
  OP: 17,
  /** Optimizer hint or directive, in its delimiters. */
  HINT: 18,
  /** Any other comment; the scanner reports these only when asked to. */
  COMMENT: 19,
} as const;

/** Character classes; index by UTF-16 unit below 128, everything above is an identifier character. */
export const CharClass = {
  OTHER: 0,
  SPACE: 1,
  LETTER: 2,
  DIGIT: 3,
} as const;

export const charClasses: Uint8Array = buildCharClasses();

function buildCharClasses(): Uint8Array {
  const classes = new Uint8Array(128);
  for (let c = 0; c < 128; c++) {
    if (c === 32 || (c >= 9 && c <= 13)) classes[c] = CharClass.SPACE;
    else if (c >= 48 && c <= 57) classes[c] = CharClass.DIGIT;
    else if ((c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95 || c === 36) {
      classes[c] = CharClass.LETTER;
    }
  }
  return classes;
}

export function isIdentifierChar(c: number): boolean {
  return c >= 128 || charClasses[c] >= CharClass.LETTER;
}

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

export function isHexDigit(c: number): boolean {
  return isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102);
}
