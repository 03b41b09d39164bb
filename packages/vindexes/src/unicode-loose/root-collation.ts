import { gunzipSync } from 'node:zlib';
import { rootCollationData } from './root-collation-data';

/** A collation element: its primary weight times 256 plus the combining class of its character. */
export type Element = number;

/** Contractions by their next code point; `elements` when the code points so far are one themselves. */
export interface ContractionNode {
  elements?: readonly Element[];
  next: Map<number, ContractionNode>;
}

/** Weights of the root collation. */
export interface RootCollation {
  /** Elements of code points that the tables hold; for others see `implicitElement`. */
  elements: ReadonlyMap<number, readonly Element[]>;
  /** Code points that begin contractions. */
  contractions: ReadonlyMap<number, ContractionNode>;
  /** Combining class of the first and the last character of a code point's decomposition, where the first is not 0. */
  combining: ReadonlyMap<number, { lead: number; trail: number }>;
  isIdeographic(codePoint: number): boolean;
}

/**
 * Unpacks the data. Its format, all numbers being unsigned LEB128: a count, then each mapped code point as the
 * difference to the one before with its elements; a count, then each start of contractions (as difference) with a
 * count of suffixes, each a count of code points, these, and elements; a count, then combining code points (as
 * difference) with leading and trailing class; a count, then ranges of ideographs (difference to the last end, length
 * less one). Elements are a count, then for each (code * 2 + has class) and perhaps the class; code is 0 for weight
 * 0, else 1 + the zigzag difference to the weight before that was not 0.
 */
export function loadRootCollation(): RootCollation {
  const reader = new Reader(gunzipSync(Buffer.from(rootCollationData, 'base64')));
  const elements = new Map<number, readonly Element[]>();
  reader.codePoints((codePoint) => elements.set(codePoint, reader.elements()));
  const contractions = new Map<number, ContractionNode>();
  reader.codePoints((codePoint) => contractions.set(codePoint, readContractions(reader)));
  const combining = new Map<number, { lead: number; trail: number }>();
  reader.codePoints((codePoint) =>
    combining.set(codePoint, { lead: reader.number(), trail: reader.number() }),
  );
  const ranges: [number, number][] = [];
  let last = 0;
  for (let n = reader.number(); n > 0; n--) {
    const from = last + reader.number();
    last = from + reader.number();
    ranges.push([from, last]);
  }
  const isIdeographic = (c: number): boolean => ranges.some(([from, to]) => c >= from && c <= to);
  return { elements, contractions, combining, isIdeographic };
}

function readContractions(reader: Reader): ContractionNode {
  const root: ContractionNode = { next: new Map() };
  for (let n = reader.number(); n > 0; n--) {
    let node = root;
    for (let length = reader.number(); length > 0; length--) {
      const codePoint = reader.number();
      let next = node.next.get(codePoint);
      if (!next) node.next.set(codePoint, (next = { next: new Map() }));
      node = next;
    }
    node.elements = reader.elements();
  }
  return root;
}

class Reader {
  private at = 0;
  private primary = 0;

  constructor(private readonly data: Uint8Array) {}

  number(): number {
    let n = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.data[this.at++];
      n += (byte & 127) * scale;
      if (byte < 128) return n;
    }
  }

  /** A counted list of code points, each written as the difference to the one before. */
  codePoints(each: (codePoint: number) => void): void {
    let codePoint = 0;
    for (let n = this.number(); n > 0; n--) each((codePoint += this.number()));
  }

  elements(): Element[] {
    const all = new Array<Element>(this.number());
    for (let i = 0; i < all.length; i++) {
      const code = this.number();
      const ccc = code & 1 ? this.number() : 0;
      const zigzag = (code >> 1) - 1;
      if (zigzag >= 0) this.primary += (zigzag >> 1) ^ -(zigzag & 1);
      all[i] = (zigzag < 0 ? 0 : this.primary * 256) + ccc;
    }
    return all;
  }
}
