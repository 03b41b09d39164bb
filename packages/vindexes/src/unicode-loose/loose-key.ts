import { isUtf8 } from 'node:buffer';
import type { ContractionNode, Element, RootCollation } from './root-collation';

/** Combining characters that are put in order together; a longer run is cut, as in the reference implementation. */
const maxCombining = 30;
/** Non-starters after which the reference implementation of normalisation sees a boundary. */
const maxNonStarters = 30;

/**
 * Makes keys under which strings are equal that differ in case, accents, width or trailing spaces only: the primary
 * weights of the root collation, as `golang.org/x/text/collate` computes them (collation keys for English with option
 * Loose), which is what Vitess hashes. It follows that implementation also where Unicode's algorithm would differ.
 */
export class LooseKeys {
  /** Elements of ASCII characters that have one and begin no contraction within ASCII; -1 for the others. */
  private readonly ascii: Int32Array;

  constructor(private readonly collation: RootCollation) {
    this.ascii = Int32Array.from({ length: 128 }, (_, c) => {
      const elements = collation.elements.get(c);
      const suffixes = [...(collation.contractions.get(c)?.next.keys() ?? [])];
      return elements?.length === 1 && suffixes.every((next) => next > 127) ? elements[0] : -1;
    });
  }

  /** The key of UTF-8 text, or null when it is not valid UTF-8. */
  key(text: Buffer): Buffer | null {
    let end = text.length;
    while (end > 0 && text[end - 1] === 0x20) end--;
    const ascii = this.asciiKey(text, end);
    if (ascii) return ascii;
    const valid = text.subarray(0, end);
    if (!isUtf8(valid)) return null;
    const run = new ElementRun(
      this.collation,
      Array.from(valid.toString(), (c) => c.codePointAt(0) ?? 0),
    );
    return encodePrimaries(run.all());
  }

  /** The key when the text is simple ASCII; undefined when it is not. */
  private asciiKey(text: Buffer, end: number): Buffer | undefined {
    const out = Buffer.allocUnsafe(end * 2);
    let at = 0;
    for (let i = 0; i < end; i++) {
      const element = text[i] < 128 ? this.ascii[text[i]] : -1;
      // Weights of ASCII fit two bytes; a combining class would need ordering.
      if (element < 0 || element > 0x7fff00 || (element & 0xff) !== 0) return undefined;
      if (element === 0) continue;
      out[at++] = element >> 16;
      out[at++] = (element >> 8) & 0xff;
    }
    return out.subarray(0, at);
  }
}

/** Weights up to 7fff in two bytes, others in three with the high bit set; weight 0 is left out. */
function encodePrimaries(elements: readonly Element[]): Buffer {
  const out = Buffer.allocUnsafe(elements.length * 3);
  let at = 0;
  for (const element of elements) {
    const primary = element >> 8;
    if (primary === 0) continue;
    if (primary > 0x7fff) out[at++] = (primary >> 16) | 0x80;
    out[at++] = (primary >> 8) & 0xff;
    out[at++] = primary & 0xff;
  }
  return out.subarray(0, at);
}

/** The collation elements of one text, combining characters in the order of their classes. */
class ElementRun {
  private readonly elements: Element[] = [];
  /** Elements before this index are final. */
  private settled = 0;
  private at = 0;

  constructor(
    private readonly collation: RootCollation,
    private readonly text: readonly number[],
  ) {}

  all(): Element[] {
    while (this.step());
    return this.elements;
  }

  /** Settles the next starters, or the next run of combining characters. False at the end. */
  private step(): boolean {
    const { elements } = this;
    if (this.settled === elements.length && !this.append()) return false;
    let last = classOf(elements[elements.length - 1]);
    if (last === 0) {
      this.settled = elements.length;
      return true;
    }
    if (classOf(elements[this.settled]) === 0) {
      do this.settled++;
      while (this.settled < elements.length && classOf(elements[this.settled]) === 0);
      return true;
    }
    for (;;) {
      const added = elements.length;
      if (!this.append()) break;
      const ccc = classOf(elements[added]);
      if (ccc === 0 || elements.length - this.settled > maxCombining) {
        this.settled = added;
        return true;
      }
      if (ccc < last) this.moveDown(added, ccc);
      else last = ccc;
    }
    this.settled = elements.length;
    return true;
  }

  /** Moves the elements from `added` on before those of the run with a greater class. */
  private moveDown(added: number, ccc: number): void {
    const { elements } = this;
    let to = added - 1;
    while (to > this.settled && ccc < classOf(elements[to - 1])) to--;
    const moved = elements.splice(added);
    elements.splice(to, 0, ...moved);
  }

  /** Appends the elements of the next character or contraction. False at the end of the text. */
  private append(): boolean {
    if (this.at >= this.text.length) return false;
    const first = this.text[this.at++];
    const contraction = this.collation.contractions.get(first);
    if (contraction)
      this.at += this.appendContraction(first, contraction, this.text.slice(this.at, this.at + 64));
    else this.appendSingle(first);
    return true;
  }

  private appendSingle(codePoint: number): void {
    const known = this.collation.elements.get(codePoint);
    if (known) {
      for (const element of known) this.elements.push(element);
    } else if (codePoint >= 0xac00 && codePoint <= 0xd7a3) {
      for (const jamo of String.fromCodePoint(codePoint).normalize('NFD')) {
        this.appendSingle(jamo.codePointAt(0) ?? 0);
      }
    } else {
      this.elements.push(implicitPrimary(this.collation, codePoint) * 256);
    }
  }

  /**
   * Appends what begins with `first`: the longest contraction with the code points after it, where combining
   * characters of lower classes may stand between. Returns how many code points after `first` it took; those that
   * stood between are appended after the contraction.
   */
  private appendContraction(first: number, root: ContractionNode, suffix: readonly number[]): number {
    const scan = new ContractionScan(root, suffix);
    let at = scan.advance(0);
    let between: number[] = [];
    let taken: number[] = [];
    let gap = this.collation.combining.get(suffix[at]);
    if (!scan.done && gap) {
      let from = at++;
      scan.end = this.boundary(suffix, at);
      let lastClass = gap.trail;
      while (at < suffix.length && !scan.done) {
        gap = this.collation.combining.get(suffix[at]);
        if (!gap || lastClass >= gap.lead) break;
        lastClass = gap.trail;
        const next = scan.advance(at);
        if (next === at) {
          at++;
          continue;
        }
        between = [...between, ...suffix.slice(from, at)];
        if (scan.matchedTo === next) taken = between;
        at = from = next;
      }
    }
    if (scan.matchedTo === 0) this.appendSingle(first);
    else for (const element of scan.elements) this.elements.push(element);
    for (let i = 0; i < taken.length;) {
      const contraction = this.collation.contractions.get(taken[i]);
      if (contraction) i += this.appendContraction(taken[i], contraction, taken.slice(i + 1));
      else this.appendSingle(taken[i]);
      i++;
    }
    return scan.matchedTo;
  }

  /** The index of the first starter from `from` on: a gap lies within one run of combining characters. */
  private boundary(text: readonly number[], from: number): number {
    let nonStarters = 0;
    for (let i = from; i < text.length; i++) {
      if (!this.collation.combining.has(text[i])) return i;
      nonStarters += String.fromCodePoint(text[i]).normalize('NFD').length;
      if (nonStarters > maxNonStarters) return i;
    }
    return text.length;
  }
}

/** A walk down the contractions of one character. */
class ContractionScan {
  elements: readonly Element[] = [];
  /** Code points of the suffix up to the end of the longest match; 0 without one. */
  matchedTo = 0;
  /** No contraction goes on from here. */
  done = false;

  constructor(
    private node: ContractionNode,
    private readonly suffix: readonly number[],
    public end = suffix.length,
  ) {}

  /** Follows the suffix from `at` as far as contractions go; returns where it stopped. */
  advance(at: number): number {
    while (at < this.end) {
      const next = this.node.next.get(this.suffix[at]);
      if (!next) break;
      at++;
      this.node = next;
      if (next.elements) {
        this.elements = next.elements;
        this.matchedTo = at;
      }
      if (next.next.size === 0) {
        this.done = true;
        break;
      }
    }
    return at;
  }
}

/** The weight of a code point that the tables do not hold: by kind, then by number. */
function implicitPrimary(collation: RootCollation, c: number): number {
  if (!collation.isIdeographic(c)) return c + 0x50000;
  const common = (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff);
  return c + (common ? 0x10000 : 0x20000);
}

function classOf(element: Element): number {
  return element & 0xff;
}
