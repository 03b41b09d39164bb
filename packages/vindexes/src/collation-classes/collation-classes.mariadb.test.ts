import { startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import { canRouteByValue, createVindex, isHashing, storedVindexValue } from '../index';

const seed = Number(process.env.VT_COLLATION_SEED ?? 1);
const pairsPerCollation = Number(process.env.VT_COLLATION_PAIRS ?? 30_000);

let server: TestMariadb;
beforeAll(async () => {
  server = await startMariadb();
  await server.sql('create database collations; use collations');
}, 60_000);
afterAll(() => server?.stop());

/** Numbers that are the same each run (mulberry32). */
function randomNumbers(state: number): (below: number) => number {
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** Letters, digits, marks and signs with which the loose key and some collation disagree, and ordinary ones. */
const alphabet = [
  ...'aAáäeEéiIıİîlĺLsSßſẞrR₨oöuüyÿÅåÄÆæÖ[]\\ñnbcdhtvx01234½¼①⑫',
  ...'·\u0387\u0300\u0301\u0306\u0308\u030b\u030f\u0323\u0327\u0345\u0363\u0364\u036c\u1dca\u2de6',
  ...'аАӑӒеЕӗиИйЙӥуУўӱгѓкќжзочыэѵіїәө',
  ...'اآأإءوؤيئ\u0653\u0654\u0655ﻻريال﷼\u06de\u0610',
  ...'เแโกขคำาเ\u0e38\u0e3a\u0e48ໄຫນມໜໝ',
  ...'কে\u09be\u09d7\u09cd\u093c\u094dක\u0dd9\u0dca\u0dcf\u0b95\u0bc6\u0bbe\u0bd7\u0f71\u0f72\u0f74\u0f80',
  ...' \u00a0\u3000\u2009\u0000\u0001\u007f\u00ad\u200b\u200d\u180e\ufeff\ufffd',
  ...'日本가각ᄀ\u1161\u11a8😀𝐀𝐬𐐀\u{1d165}\u{10a3f}Ⴀაⴀ৴৵',
];

interface Weights {
  of: Map<string, string>;
  /** Characters of each weight. */
  same: Map<string, string[]>;
}

async function weightsOf(collation: string): Promise<Weights> {
  const charset = collation.split('_')[0];
  const text = `convert(char(seq using utf32) using ${charset})`;
  const rows = await server.rows(
    `select seq, hex(weight_string(${text} collate ${collation})) from seq_0_to_65535
     where seq not between 55296 and 57343 and convert(${text} using utf32) = char(seq using utf32) collate utf32_bin`,
  );
  const of = new Map<string, string>();
  const same = new Map<string, string[]>();
  for (const [codePoint, weight] of rows) {
    const character = String.fromCodePoint(Number(codePoint));
    of.set(character, weight ?? '');
    const list = same.get(weight ?? '');
    if (list) list.push(character);
    else same.set(weight ?? '', [character]);
  }
  return { of, same };
}

const vindex = createVindex('unicode_loose_md5', 'v');
const text = (value: string): TypedValue => ({ type: Type.VARCHAR, value: Buffer.from(value) });

function idOf(value: TypedValue): string {
  if (!isHashing(vindex)) throw new Error('not a function');
  return vindex.hash(value).toString('hex');
}

/** Whether rows with this value can exist: the gate refuses the others. */
function isStorable(collation: string, value: string): boolean {
  const stored = storedVindexValue(
    vindex,
    { type: Type.VARCHAR, collation, size: 191 },
    text(value),
    'strict',
  );
  return stored !== 'unknown' && 'stored' in stored;
}

/** `exact`, `any`, `scatter`, or `missed`: a row with `row` is on none of the shards that a look-up of `value` goes to. */
function lookUp(collation: string, value: string, row: string): string {
  const decision = canRouteByValue(vindex, { type: Type.VARCHAR, collation }, text(value));
  if (decision === 'scatter') return 'scatter';
  const values = 'exact' in decision ? [decision.exact] : decision.exactAny;
  if (!values.some((v) => idOf(v) === idOf(text(row)))) return 'missed';
  return values.length === 1 ? 'exact' : 'any';
}

const collations = [
  'utf8mb4_general_ci',
  'utf8mb4_unicode_ci',
  'utf8mb4_unicode_520_ci',
  'utf8mb3_general_ci',
  'utf8mb4_unicode_nopad_ci',
  'utf8mb4_unicode_520_nopad_ci',
  'latin1_swedish_ci',
  'latin1_general_ci',
  'utf8mb4_bin',
];

describe.each(collations)('%s', (collation) => {
  const wanted = /^utf8mb4_(general|unicode|unicode_520)_ci$/.test(collation)
    ? pairsPerCollation
    : pairsPerCollation / 10;
  let weights: Weights;
  beforeAll(async () => {
    weights = await weightsOf(collation);
  }, 60_000);

  test('each character is found by all that equal it', () => {
    const missed: string[] = [];
    for (const [weight, [first, ...others]] of weights.same) {
      if (weight === '') continue;
      for (const other of others) {
        for (const [value, row] of [
          [`b${first}b`, `b${other}b`],
          [`b${other}b`, `b${first}b`],
        ]) {
          if (isStorable(collation, row) && lookUp(collation, value, row) === 'missed') {
            missed.push(`${JSON.stringify(value)} misses ${JSON.stringify(row)}`);
          }
        }
      }
    }
    expect(missed).toEqual([]);
  });

  test('a row is found by each text that equals it', async () => {
    const random = randomNumbers(seed);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)];
    const own = alphabet.filter(
      (c) => weights.of.has(c) || (c > '\uffff' && collation.startsWith('utf8mb4')),
    );
    const word = (): string => {
      // A few letters at a time, so that the same ones meet.
      const letters = Array.from({ length: 1 + random(4) }, () => pick(own));
      return Array.from({ length: 1 + random(7) }, () => pick(letters)).join('');
    };
    const ignored = weights.same.get('') ?? [];
    const equalish = (value: string): string => {
      let result = '';
      for (const c of value) {
        const kind = random(8);
        if (kind === 0) result += pick(own);
        else if (kind === 1) result += c + (ignored.length > 0 ? pick(ignored) : pick(own));
        else if (kind < 6) result += pick(weights.same.get(weights.of.get(c) ?? '?') ?? [c]);
        else result += c;
      }
      if (random(6) === 0) result += pick([' ', '  ', '\u00a0', ' \u0000']);
      if (random(6) === 0) result = result.replaceAll('ß', 'ss').replaceAll('½', '1⁄2').replaceAll('₨', 'rs');
      if (random(6) === 0) result = result.normalize(pick(['NFC', 'NFD', 'NFKC', 'NFKD']));
      return [...result].filter((x) => own.includes(x) || weights.of.has(x)).join('');
    };
    await server.sql(
      `create or replace table pairs (id int, a varchar(191) collate ${collation}, b varchar(191) collate ${collation})`,
    );
    const counts: Record<string, number> = { exact: 0, any: 0, scatter: 0, missed: 0, refused: 0 };
    const missed: string[] = [];
    for (let checked = 0, rounds = 0; checked < wanted && rounds < 200; rounds++) {
      const candidates = Array.from({ length: 3000 }, (): [string, string] => {
        const a = word();
        return [a, equalish(a)];
      }).filter(([a, b]) => a !== b);
      const rows = candidates.map(
        ([a, b], i) =>
          `(${i}, _utf8mb4 x'${Buffer.from(a).toString('hex')}', _utf8mb4 x'${Buffer.from(b).toString('hex')}')`,
      );
      await server.sql(`truncate pairs; insert into pairs values ${rows.join(', ')}`);
      for (const [id] of await server.rows('select id from pairs where a = b')) {
        const [a, b] = candidates[Number(id)];
        for (const [value, row] of [
          [a, b],
          [b, a],
        ]) {
          const found = isStorable(collation, row) ? lookUp(collation, value, row) : 'refused';
          counts[found]++;
          checked++;
          if (found === 'missed') missed.push(`${JSON.stringify(value)} misses ${JSON.stringify(row)}`);
        }
      }
    }
    process.stdout.write(`${collation}: ${JSON.stringify(counts)}\n`);
    expect(missed.slice(0, 20)).toEqual([]);
    expect(counts.exact + counts.any).toBeGreaterThan(wanted / 20);
  }, 300_000);
});
