/** What becomes of a marked piece of the statement. */
export const Mark = {
  /** Becomes a bind variable of its own. */
  BIND: 0,
  /** Becomes a bind variable shared with equal literals that are marked so, too. */
  SHARE: 1,
  /** Stays as it is. */
  KEEP: 2,
  /** A comment, dropped. */
  DROP: 3,
  /** The marks that follow, up to `links`, fold into one list variable. */
  LIST: 4,
  /** A positional parameter. */
  PARAM: 5,
} as const;

/** Literals and comments of a statement in source order, as parallel arrays: no object per literal. */
export class LiteralMarks {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Token types. */
  readonly types: number[] = [];
  readonly marks: number[] = [];
  /** Of a LIST: the index behind its last element. Of a string: 1 when it is several adjacent ones. */
  readonly links: number[] = [];

  get length(): number {
    return this.starts.length;
  }

  push(start: number, end: number, type: number, mark: number): void {
    this.starts.push(start);
    this.ends.push(end);
    this.types.push(type);
    this.marks.push(mark);
    this.links.push(0);
  }

  /** Makes every literal and comment from `from` on stay as it is. */
  keepFrom(from: number): void {
    for (let i = from; i < this.marks.length; i++) {
      if (this.marks[i] !== Mark.PARAM) this.marks[i] = Mark.KEEP;
    }
  }
}
