import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from './parser/parse';
import { print } from './printer/print';

/** A folder of statements that are not part of this repository, one a line; `VT_CORPORA` names it. */
const folder = process.env.VT_CORPORA;

function statementsOf(file: string): string[] {
  const path = folder ? join(folder, file) : '';
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return file.endsWith('.jsonl') ? lines.map((line) => (JSON.parse(line) as { query: string }).query) : lines;
}

const describeCorpora = folder ? describe : describe.skip;

describeCorpora('corpora', () => {
  it.each(['planner/cases.jsonl', 'statements-django.txt'])('%s parses and prints to the same', (file) => {
    const statements = statementsOf(file);
    const refused = statements.filter((sql) => {
      try {
        const text = print(parse(sql));
        return print(parse(text)) !== text;
      } catch {
        return true;
      }
    });
    expect(statements.length).toBeGreaterThan(0);
    expect(refused.length / statements.length).toBeLessThan(0.005);
  });
});
