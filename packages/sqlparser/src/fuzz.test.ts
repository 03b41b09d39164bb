import { parse } from './parser/parse';
import { ownCorpora } from './testing/corpora';
import { fuzz } from './testing/fuzz';
import { brokenLogicalOrder } from './testing/logical-order';
import { Random } from './testing/random';
import { RandomExpressions } from './testing/random-expression';
import { rotations } from './testing/rotate';

/** More in `npm run conformance`. */
const STATEMENTS = 30_000;
const MAX_MS = 1000;

describe('fuzzing', () => {
  it('finds no crash, no hang, no tree that changes in print, no AND and OR in the wrong order', () => {
    const statements = ownCorpora().flatMap((corpus) => corpus.statements);
    const report = fuzz(statements, STATEMENTS, 11);
    expect(report.problems).toEqual([]);
    expect(report.accepted).toBeGreaterThan(STATEMENTS / 20);
    expect(report.slowestMs).toBeLessThan(MAX_MS);
  });

  it('would notice AND and OR in the wrong order', () => {
    const texts = new RandomExpressions(new Random(3), { leaves: ['a', 'b', 'c', 'd'] });
    for (let i = 0; i < 2000; i++) {
      const sql = `select ${texts.next()}`;
      expect(brokenLogicalOrder(sql, parse(sql))).toBeUndefined();
    }
    const sql = 'select a or b and c';
    const [rotated] = rotations(parse(sql));
    const wrong = JSON.parse(JSON.stringify(rotated)) as ReturnType<typeof parse>;
    if (wrong.kind !== 'select' || wrong.items[0].kind !== 'selectExpr') throw new Error('no select');
    Object.assign(wrong.items[0].expr, { start: 7, end: sql.length });
    expect(brokenLogicalOrder(sql, wrong)).toBe('a or b and c');
  });
});
