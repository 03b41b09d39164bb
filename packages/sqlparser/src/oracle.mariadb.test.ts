import { startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { ownCorpora } from './testing/corpora';
import { compareErrors, parsesOn } from './testing/error-oracle';
import { compareGrammar, grammarStatements } from './testing/grammar-oracle';
import { MariadbOracle, type Verdict } from './testing/mariadb-oracle';
import { checkPrecedence } from './testing/precedence-oracle';
import { Random } from './testing/random';
import { RandomExpressions } from './testing/random-expression';
import { rotations } from './testing/rotate';

/** What MariaDB has no note for, or refuses before it would come to one. Anything else must be checked. */
const notCheckable: [reason: string, pattern: RegExp][] = [
  ['no note for this kind of statement', /^no note for this kind of statement/],
  ['MySQL only: row alias of INSERT', /^1064 .* as \w+ on duplicate key/i],
  ['MySQL only: JSON operators', /^1064 .*->/],
  ['MySQL only: FOR SHARE, FOR UPDATE OF', /^1064 .*(for share|for update of)/i],
  ['MySQL only: CAST AS JSON', /^1064 .*as json\)/i],
  ['MySQL only: default of LAG', /^1064 .*lag\(/],
  ['MySQL only: frames of intervals', /^1064 .*range between interval/],
  ['MySQL only: transaction_read_only', /^1193 .*transaction_read_only/],
  ['positions in ORDER BY of an UPDATE', /^1054 .*order by 1$/],
  ['tables of another shape', /^(1222|1747|4079|1146) /],
];

const MUTATIONS = 5000;
const EXPRESSIONS = 20_000;

describe('MariaDB and the parser understand the same', () => {
  let mariadb: TestMariadb;
  let oracle: MariadbOracle;

  beforeAll(async () => {
    mariadb = await startMariadb();
    oracle = await MariadbOracle.open(mariadb);
  }, 60_000);

  afterAll(() => mariadb?.stop());

  it.each(ownCorpora())('by $name', async ({ name, statements }) => {
    const different: Verdict[] = [];
    let same = 0;
    for (const sql of statements) {
      const verdict = await oracle.check(sql);
      if (verdict.kind === 'different') different.push(verdict);
      else if (verdict.kind === 'same') same++;
      else {
        const reason = `${verdict.reason}: ${sql}`;
        expect(notCheckable.filter(([, pattern]) => pattern.test(reason)).length || reason).toBe(1);
      }
    }
    expect(different).toEqual([]);
    expect(same).toBeGreaterThan(name === 'admin' ? 5 : statements.length * 0.7);
  });

  it('and the comparison notices trees of another shape', async () => {
    const texts = new RandomExpressions(new Random(5), { leaves: ['a', 'b', 'c', 'd', 'e'] });
    const random = Array.from({ length: 300 }, () => `select * from t where ${texts.next()}`);
    const seen: boolean[] = [];
    for (const sql of [...ownCorpora().flatMap(({ statements }) => statements), ...random]) {
      seen.push(...((await oracle.tellsApart(sql, rotations)) ?? []));
    }
    expect(seen.length).toBeGreaterThan(400);
    expect(seen.filter(Boolean).length / seen.length).toBeGreaterThan(0.97);
  });

  it('and call the same statements wrong, at the same place', async () => {
    const statements: string[] = [];
    for (const { name, statements: all } of ownCorpora()) {
      for (const sql of name === 'admin' ? [] : all) {
        if (await parsesOn(mariadb, sql)) statements.push(sql);
      }
    }
    const result = await compareErrors(mariadb, statements, MUTATIONS, 3);
    expect(result.refused).toEqual([]);
    expect(result.syntaxErrors).toBeGreaterThan(MUTATIONS / 2);
    expect(result.exact / result.syntaxErrors).toBeGreaterThan(0.95);
    expect(result.accepted.length / result.syntaxErrors).toBeLessThan(0.005);
  });

  it('of the grammars of the manuals', async () => {
    const result = await compareGrammar(mariadb, grammarStatements());
    expect(result.refusedHere).toEqual([]);
    expect(result.acceptedHere).toEqual([]);
    expect(result.same).toBeGreaterThan(700);
  });

  it('of constant expressions without parentheses', async () => {
    const result = await checkPrecedence(mariadb, EXPRESSIONS, 1);
    expect({ wrong: result.wrong, refused: result.refused }).toEqual({ wrong: [], refused: [] });
    expect(result.equal).toBeGreaterThan(EXPRESSIONS * 0.9);
  });
});
