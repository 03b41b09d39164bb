import { compareWithNsp } from './testing/compare-nsp';
import { outerCorpora, ownCorpora } from './testing/corpora';

describe('node-sql-parser reads the same trees', () => {
  it('but for its known faults', () => {
    const statements = [...ownCorpora(), ...outerCorpora()].flatMap((corpus) => corpus.statements);
    const { same, unexplained } = compareWithNsp(statements);
    expect(unexplained).toEqual([]);
    expect(same).toBeGreaterThan(300);
  });

  it.each([
    ['select * from t where a = 1 or b = 2 and c = 3', 'AND binds as loosely as OR'],
    ['select a | b & c from t', 'bit operators have the precedence of + and *'],
    ["select a from t where a = binary 'b'", 'BINARY is lost'],
    ['select 1 from t where 1 xor a > 0', 'XOR binds tighter than comparisons'],
    ['select a from t union all (select b from u limit 1)', 'a UNION arm in parentheses is a join'],
  ])('%s: %s', (sql, fault) => {
    // when this fails, node-sql-parser was mended: the fault can go from the list
    expect([...compareWithNsp([sql]).known.keys()]).toEqual([fault]);
  });

  it('cannot read AND in an argument: it takes the arguments before it for an operand', () => {
    const { same, left } = compareWithNsp(['select f(a, b and c)']);
    expect(same).toBe(0);
    expect([...left.keys()]).toEqual(['node-sql-parser has a list where a node should be']);
  });
});
