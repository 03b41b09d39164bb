import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { splitStatements } from '../lexer/split-statements';

export interface Corpus {
  name: string;
  statements: string[];
}

const testdata = join(__dirname, '..', '..', 'testdata');

/** The statements of this package's testdata, one corpus a file. */
export function ownCorpora(): Corpus[] {
  return readdirSync(testdata)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      name: basename(file, '.sql'),
      statements: splitStatements(readFileSync(join(testdata, file), 'utf8')).map(({ text }) => text),
    }));
}

/**
 * Corpora that are no part of this repository, in the directory that `VT_CORPORA` names: `planner/cases.jsonl` (an
 * object with a `query` a line) and `statements-*.txt` (a statement a line). None when it is not set.
 */
export function outerCorpora(dir = process.env.VT_CORPORA): Corpus[] {
  if (dir === undefined || !existsSync(dir)) return [];
  const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const corpora = readdirSync(dir)
    .filter((file) => /^statements-.*\.txt$/.test(file))
    .map((file) => ({ name: file, statements: lines(join(dir, file)) }));
  const planner = join(dir, 'planner', 'cases.jsonl');
  if (existsSync(planner)) {
    const statements = lines(planner).map((line) => (JSON.parse(line) as { query: string }).query);
    corpora.push({ name: 'planner', statements });
  }
  return corpora.map(({ name, statements }) => ({ name, statements: [...new Set(statements)] }));
}
