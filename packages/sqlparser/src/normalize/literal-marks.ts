/** What becomes of a marked piece of the statement. */
export const Mark = {
  /** Becomes a bind variable: of its own, or, in a statement that only reads, one that equal literals share. */
  BIND: 0,
  /** Becomes a bind variable shared with equal literals that are marked so, too. */
  SHARE: 1,
  /** Stays as it is. */
  KEEP: 2,
  /** Stays, and so do equal literals that would be shared: SELECT a + 1 .. GROUP BY a + 1. */
  KEEP_ALIKE: 3,
  /** A comment, dropped. */
  DROP: 4,
  /** The marks that follow, up to the link, fold into one list variable. */
  LIST: 5,
  /** A positional parameter. */
  PARAM: 6,
} as const;

const START = 0;
const END = 1;
const TYPE = 2;
const MARK = 3;
const LINK = 4;
const STRIDE = 5;

/** Literals and comments of a statement in source order: numbers in one array, no object per literal. */
export class LiteralMarks {
  private readonly data: number[] = [];

  get length(): number {
    return this.data.length / STRIDE;
  }

  push(start: number, end: number, type: number, mark: number): void {
    this.data.push(start, end, type, mark, 0);
  }

  start(i: number): number {
    return this.data[i * STRIDE + START];
  }

  end(i: number): number {
    return this.data[i * STRIDE + END];
  }

  /** Token type. */
  type(i: number): number {
    return this.data[i * STRIDE + TYPE];
  }

  mark(i: number): number {
    return this.data[i * STRIDE + MARK];
  }

  /** Of a list: the index behind its last element. Of a string: 1 when it is several adjacent ones. */
  link(i: number): number {
    return this.data[i * STRIDE + LINK];
  }

  setStart(i: number, start: number): void {
    this.data[i * STRIDE + START] = start;
  }

  setEnd(i: number, end: number): void {
    this.data[i * STRIDE + END] = end;
  }

  setMark(i: number, mark: number): void {
    this.data[i * STRIDE + MARK] = mark;
  }

  setLink(i: number, link: number): void {
    this.data[i * STRIDE + LINK] = link;
  }

  /** Makes every literal and comment from `from` on stay as it is. */
  keepFrom(from: number): void {
    const { length } = this;
    for (let i = from; i < length; i++) {
      const mark = this.mark(i);
      if (mark === Mark.SHARE) this.setMark(i, Mark.KEEP_ALIKE);
      else if (mark !== Mark.PARAM && mark !== Mark.KEEP_ALIKE) this.setMark(i, Mark.KEEP);
    }
  }
}
