import { COLLATION_LINES, UCA1400_BASES, UCA1400_LANGUAGES } from './collation-data';

export interface Collation {
  id: number;
  name: string;
  charset: string;
  isDefault: boolean;
}

const byId = new Map<number, Collation>();
const byName = new Map<string, Collation>();
const defaults = new Map<string, Collation>();

for (const line of COLLATION_LINES.trim().split('\n')) {
  const [charset, ...entries] = line.split(' ');
  for (const entry of entries) {
    const [, id, star, suffix] = /^(\d+)(\*?)(.*)$/.exec(entry)!;
    add({ id: Number(id), name: charset + suffix, charset, isDefault: star === '*' });
  }
}

function add(collation: Collation): void {
  byId.set(collation.id, collation);
  byName.set(collation.name, collation);
  if (collation.isDefault) defaults.set(collation.charset, collation);
}

/** The collation with this id; undefined for one that neither MySQL 8 nor MariaDB 10.11 has. */
export function collationById(id: number): Collation | undefined {
  return byId.get(id) ?? uca1400ById(id);
}

/** The collation with this name, in any case; the old prefix `utf8_` reads as `utf8mb3_`. */
export function collationByName(name: string): Collation | undefined {
  const lower = name.toLowerCase().replace(/^utf8_/, 'utf8mb3_');
  return byName.get(lower) ?? uca1400ByName(lower);
}

/** The collation that a character set has unless told otherwise (utf8mb4: general_ci, as MariaDB and MySQL 5.7). */
export function defaultCollation(charset: string): Collation | undefined {
  return defaults.get(canonicalCharset(charset));
}

/** Lower case, with `utf8` meaning `utf8mb3` as the servers have it. */
export function canonicalCharset(charset: string): string {
  const lower = charset.toLowerCase();
  return lower === 'utf8' ? 'utf8mb3' : lower;
}

function uca1400ById(id: number): Collation | undefined {
  for (const [charset, base] of Object.entries(UCA1400_BASES)) {
    const offset = id - base;
    if (offset >= 0 && offset < UCA1400_LANGUAGES.length * 8 && UCA1400_LANGUAGES[offset >> 3] !== '?') {
      return { id, name: charset + uca1400Suffix(offset), charset, isDefault: false };
    }
  }
  return undefined;
}

function uca1400Suffix(offset: number): string {
  const language = UCA1400_LANGUAGES[offset >> 3];
  return (
    `_uca1400${language === '-' ? '' : `_${language}`}${offset & 4 ? '_nopad' : ''}` +
    `${offset & 2 ? '_as' : '_ai'}${offset & 1 ? '_cs' : '_ci'}`
  );
}

function uca1400ByName(name: string): Collation | undefined {
  const match = /^([a-z0-9]+)_uca1400(?:_(?!nopad_)([a-z0-9]+))?(_nopad)?_(ai|as)_(ci|cs)$/.exec(name);
  if (match === null) return undefined;
  const [, charset, language, nopad, accent, letterCase] = match;
  const base = Object.hasOwn(UCA1400_BASES, charset) ? UCA1400_BASES[charset] : undefined;
  const index = language === undefined ? 0 : UCA1400_LANGUAGES.indexOf(language);
  if (base === undefined || index < 0 || language === '-') return undefined;
  const id = base + index * 8 + (nopad ? 4 : 0) + (accent === 'as' ? 2 : 0) + (letterCase === 'cs' ? 1 : 0);
  return { id, name, charset, isDefault: false };
}
