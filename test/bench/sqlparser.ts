import { type BindVariables } from '@vitess-ts/sqltypes';
import { normalize, parse, print as printStatement } from '@vitess-ts/sqlparser';
import { Scanner } from '../../packages/sqlparser/src/lexer/scanner';
import { Token } from '../../packages/sqlparser/src/lexer/token';
import { outerCorpora, ownCorpora, type Corpus } from '../../packages/sqlparser/src/testing/corpora';

type Print = (line: string) => void;

const ROUNDS = 7;
const MIN_ROUND_MS = 40;

/** Microseconds and bytes per statement of lexer, normaliser, parser and printer; best of some rounds. */
export function sqlparserBenchmark(print: Print): void {
  const queries = [...ownCorpora(), ...outerCorpora(process.env.VT_CORPORA)].map(({ name, statements }) => ({
    name,
    statements: statements.filter(parses),
  }));
  print(
    'sqlparser, us per statement      n   chars    lex   normalise   parse   print   bytes: normalise   parse',
  );
  for (const corpus of [...queries, { name: 'all', statements: queries.flatMap((x) => x.statements) }])
    print(row(corpus));
  for (const line of largeStatements()) print(line);
}

function parses(sql: string): boolean {
  try {
    return normalize(sql).normalized && parse(sql) !== undefined;
  } catch {
    return false; // a corpus has statements that are wrong on purpose
  }
}

function row({ name, statements }: Corpus): string {
  const n = statements.length;
  if (n === 0) return `${name}: none`;
  const trees = statements.map((sql) => parse(sql));
  const chars = statements.reduce((sum, sql) => sum + sql.length, 0) / n;
  const kept: (BindVariables | object)[] = [];
  const timed = (work: (i: number) => unknown): string => microseconds(work, n).toFixed(2).padStart(8);
  const parts = [
    name.padEnd(28),
    String(n).padStart(6),
    chars.toFixed(0).padStart(8),
    timed((i) => scan(statements[i])),
    timed((i) => normalize(statements[i])).padStart(12),
    timed((i) => parse(statements[i])),
    timed((i) => printStatement(trees[i])),
    bytes((i) => kept.push(normalize(statements[i])), n).padStart(19),
    bytes((i) => kept.push(parse(statements[i])), n).padStart(8),
  ];
  return parts.join('');
}

function scan(sql: string): number {
  const scanner = new Scanner(sql);
  let tokens = 0;
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) tokens++;
  return tokens;
}

function microseconds(work: (i: number) => unknown, n: number): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    let passes = 0;
    const begun = process.hrtime.bigint();
    let elapsed = 0;
    do {
      for (let i = 0; i < n; i++) work(i);
      passes++;
      elapsed = Number(process.hrtime.bigint() - begun) / 1e3;
    } while (elapsed < MIN_ROUND_MS * 1e3);
    best = Math.min(best, elapsed / passes / n);
  }
  return best;
}

/** Heap growth per statement, garbage included: run in passes short enough for no collection to start. */
function bytes(work: (i: number) => unknown, n: number): string {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < n; i++) work(i);
    const grown = (process.memoryUsage().heapUsed - before) / n;
    if (grown > 0) best = Math.min(best, grown);
  }
  return best === Infinity ? '-' : best.toFixed(0);
}

function largeStatements(): string[] {
  const numbers = Array.from({ length: 100_000 }, (_, i) => i * 7);
  const rows = Array.from(
    { length: 10_000 },
    (_, i) => `(${i}, 'name ${i}', ${i / 4}, null, now(), 'x', ${i % 9}, 'y')`,
  );
  const statements: [string, string][] = [
    ['IN list of 100,000 numbers', `select * from t where id in (${numbers.join(', ')})`],
    ['INSERT of 10,000 rows of 8', `insert into t (a, b, c, d, e, f, g, h) values ${rows.join(', ')}`],
    ['10,000 ANDs', `select * from t where a = 1${' and b = 2'.repeat(10_000)}`],
    ['string of 16 MB', `insert into t values ('${'x'.repeat(16 << 20)}')`],
    ['16 MB of escapes', `insert into t values ('${'\\n'.repeat(8 << 20)}')`],
  ];
  return statements.map(([name, sql]) => {
    const normalised = milliseconds(() => normalize(sql));
    const parsed = milliseconds(() => parse(sql));
    return `sqlparser, ${name}: normalise ${normalised.toFixed(0)} ms, parse ${parsed.toFixed(0)} ms`;
  });
}

function milliseconds(work: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const begun = process.hrtime.bigint();
    work();
    best = Math.min(best, Number(process.hrtime.bigint() - begun) / 1e6);
  }
  return best;
}
