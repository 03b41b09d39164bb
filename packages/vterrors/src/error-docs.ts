import { catalogue } from './catalogue';
import type { CatalogueEntry } from './catalogue-entry';
import { codeName } from './code';
import { VtError } from './errors';
import { toSqlError } from './to-sql-error';

/** `docs/errors.md`, out of the catalogue. */
export function renderErrorDocs(): string {
  const rows = Object.entries(catalogue).map(([id, entry]) => row(id, entry));
  return [
    '# Errors',
    '',
    'Made from the catalogue of `packages/vterrors` (`UPDATE_GOLDEN=1 npx jest packages/vterrors` writes it anew).',
    '',
    'An error of the cluster begins with its id. A MySQL client gets the errno and sqlstate, a gRPC client the code.',
    'An error without an id comes from a MySQL server, and reaches the client unchanged, or is explained by its text.',
    '',
    '<!-- prettier-ignore -->',
    '| Id | Message | What to do | Code | Errno | Sqlstate |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function row(id: string, entry: CatalogueEntry): string {
  const behindIt = 'of the error behind it';
  const cells =
    entry.code === undefined
      ? [behindIt, '', '']
      : [codeName(entry.code), ...mysqlCells(new VtError(entry.code, '', entry))];
  return `| ${[id, cell(entry.text), cell(entry.advice), ...cells].join(' | ')} |`;
}

function mysqlCells(err: VtError): string[] {
  const { errno, sqlstate } = toSqlError(err);
  return [String(errno), sqlstate];
}

/** Angle brackets and bars would be read as markup. */
function cell(text: string): string {
  return text.replace(/[|<>*_[\]]/g, (c) => `\\${c}`);
}
