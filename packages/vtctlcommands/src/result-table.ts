import type { QueryResult, Row } from '@vitess-ts/proto/query';

/** A result as a table of characters, like the mysql client's. Bytes that are no UTF-8 show as replacement marks. */
export function resultTable({ fields, rows }: QueryResult): string {
  const lines = [fields.map(({ name }) => name), ...rows.map(values)];
  const widths = fields.map((_, i) => Math.max(...lines.map((line) => [...line[i]].length)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const shown = lines.map((line) => `|${line.map((value, i) => ` ${pad(value, widths[i])} `).join('|')}|`);
  return [rule, shown[0], rule, ...shown.slice(1), ...(rows.length > 0 ? [rule] : [])].join('\n');
}

/** The values of a row; a negative length is NULL. */
function values({ lengths, values: bytes }: Row): string[] {
  let at = 0;
  return lengths.map((length) => {
    if (length < 0n) return 'NULL';
    const end = at + Number(length);
    const value = bytes.toString('utf8', at, end);
    at = end;
    return value;
  });
}

const pad = (value: string, width: number): string => value + ' '.repeat(width - [...value].length);
