import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderErrorDocs } from './error-docs';

const path = join(__dirname, '..', '..', '..', 'docs', 'errors.md');

describe('docs/errors.md', () => {
  it('is what the catalogue says (UPDATE_GOLDEN=1 writes it)', () => {
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, renderErrorDocs());
    expect(readFileSync(path, 'utf8')).toBe(renderErrorDocs());
  });

  it('shows id, message, advice, code, errno and sqlstate', () => {
    expect(renderErrorDocs()).toContain(
      "| VT05005 | table '%s' does not exist in keyspace '%s' | Correct the name of the table, create it, or add it to the vschema of the keyspace. | NOT_FOUND | 1146 | 42S02 |",
    );
    expect(renderErrorDocs()).toContain('| UNIMPLEMENTED | 1235 | 42000 |');
  });
});
