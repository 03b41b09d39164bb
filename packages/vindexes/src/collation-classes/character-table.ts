import type { Ranges } from './load';

/** Some bits for each code point: a table up to U+FFFF, ranges above. */
export class CharacterTable {
  private readonly low = new Uint32Array(0x10000);
  private readonly high: { from: number; to: number; bits: number }[] = [];

  addRanges(ranges: Ranges, bits: number): void {
    for (let i = 0; i < ranges.length; i += 2) {
      const [from, to] = [ranges[i], ranges[i + 1]];
      for (let c = from; c <= to && c < 0x10000; c++) this.low[c] |= bits;
      if (to >= 0x10000) this.high.push({ from: Math.max(from, 0x10000), to, bits });
    }
  }

  addCharacters(text: string, bits: number): void {
    for (const character of text) {
      const c = character.codePointAt(0) ?? 0;
      this.addRanges([c, c], bits);
    }
  }

  of(codePoint: number): number {
    if (codePoint < 0x10000) return this.low[codePoint];
    let bits = 0;
    for (const range of this.high) {
      if (codePoint >= range.from && codePoint <= range.to) bits |= range.bits;
    }
    return bits;
  }
}
