import { normalize } from './normalize/normalize';
import { parse } from './parser/parse';

/**
 * CPU time; some five times what a quiet machine of 2020 takes (10 to 80 ms), so that work that grows faster than the
 * statement fails and a busy machine does not.
 */
const MAX_MS = 400;
const ROUNDS = 3;

function cpuMilliseconds(work: () => void): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const numbers = (n: number): string => Array.from({ length: n }, (_, i) => i * 7).join(', ');
const rows = (n: number): string =>
  Array.from({ length: n }, (_, i) => `(${i}, 'name ${i}', ${i / 4}, null, now(), 'x', ${i % 9}, 'y')`).join(
    ', ',
  );

describe('time for large statements', () => {
  it.each<[string, () => string]>([
    ['an IN list of 100,000 numbers', () => `select * from t where id in (${numbers(100_000)})`],
    ['an INSERT of 10,000 rows', () => `insert into t values ${rows(10_000)}`],
    ['10,000 ANDs', () => `select * from t where a = 1${' and b = 2'.repeat(10_000)}`],
    ['10,000 ORs of ANDs', () => `select * from t where a = 1${' and c or b = 2'.repeat(10_000)}`],
    ['a string of 16 MB', () => `insert into t values ('${'x'.repeat(16 << 20)}')`],
    ['16 MB of escapes', () => `insert into t values ('${'\\n'.repeat(8 << 20)}')`],
    ['16 MB of quotes', () => `insert into t values ('${"''".repeat(8 << 20)}')`],
    ['16 MB of backslashes', () => `insert into t values ('${'\\\\'.repeat(8 << 20)}')`],
    ['a comment of 16 MB', () => `select 1 /* ${'x'.repeat(16 << 20)} */ from t`],
    ['100,000 comments', () => `select 1 from t where ${'/* x */ '.repeat(100_000)} a = 1`],
    ['10,000 subqueries side by side', () => `select ${'(select 1), '.repeat(10_000)}1 as x`],
    ['100,000 parentheses that do not close', () => `select ${'('.repeat(1900)}${'1, '.repeat(100_000)}`],
  ])('%s', (_, make) => {
    const sql = make();
    const attempt = (work: () => unknown): void => {
      try {
        work();
      } catch {
        // what is too much for a limit must be refused as fast
      }
    };
    expect(cpuMilliseconds(() => attempt(() => normalize(sql)))).toBeLessThan(MAX_MS);
    expect(cpuMilliseconds(() => attempt(() => parse(sql)))).toBeLessThan(MAX_MS);
  });
});
