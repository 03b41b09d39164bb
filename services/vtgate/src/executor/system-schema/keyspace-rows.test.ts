import { RowBatch, emptyResult, makeField, Type, type Result } from '@vitess-ts/sqltypes';
import { keyspaceRows } from './keyspace-rows';

async function* tables(...schemas: string[]): AsyncGenerator<Result> {
  const field = {
    ...makeField('TABLE_SCHEMA', Type.VARCHAR),
    orgName: 'TABLE_SCHEMA',
    database: 'information_schema',
  };
  yield emptyResult({ fields: [field], rows: RowBatch.from(1, schemas.map((s) => [Buffer.from(s)])) }); // prettier-ignore
}

async function found(isFirst: boolean): Promise<string[]> {
  const names: string[] = [];
  const rows = tables('vt_shop', '_vt', 'mysql', 'vt_other', 'vt_own');
  for await (const result of keyspaceRows(rows, 'shop', new Set(['shop', 'other']), isFirst)) {
    names.push(...result.rows.rows().map(([v]) => String(v)));
  }
  return names;
}

test('each keyspace speaks for itself, the first for its server as well', async () => {
  expect(await found(false)).toEqual(['shop']);
  expect(await found(true)).toEqual(['shop', 'mysql', 'vt_own']);
});
