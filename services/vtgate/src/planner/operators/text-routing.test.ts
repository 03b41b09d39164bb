import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import { VSchema, type Table } from '@vitess-ts/vindexes';
import type { ExecContext } from '../../engine/primitive';
import type { PlanContext } from '../plan-context';
import { storesUnchanged, storingVindex } from './storing-vindex';
import { routingVindex, staysTogether, vindexColumnsOf } from './vindex-column';

function tableWith(vindex: string, type: string, collationName = '', size = 0): Table {
  const schema = SrvVSchema.fromPartial({
    keyspaces: {
      ks: {
        sharded: true,
        vindexes: { v: { type: vindex } },
        tables: {
          t: {
            columnVindexes: [{ column: 'k', name: 'v' }],
            columns: [{ name: 'k', type: Type[type as keyof typeof Type], collationName, size }],
          },
        },
      },
    },
  });
  const table = VSchema.build(schema).keyspaces.get('ks')?.tables.get('t');
  if (table === undefined) throw new Error('no table');
  return table;
}

const ctx = {} as ExecContext;
const text = (value: string): TypedValue => ({ type: Type.VARCHAR, value: Buffer.from(value) });

describe('the places of a value', () => {
  const places = async (collation: string, value: string): Promise<string | number | undefined> => {
    const [column] = vindexColumnsOf(
      tableWith('unicode_loose_md5', 'VARCHAR', collation),
      1n,
      VSchema.build(SrvVSchema.create()),
    );
    const [found] = await routingVindex(column).map(ctx, [[text(value)]]);
    return found?.kind === 'keyspaceIds' ? found.ids.length : found?.kind;
  };

  it.each<[string, string, string | number | undefined]>([
    ['utf8mb4_general_ci', 'Anna', 'keyspaceId'],
    ['utf8mb4_general_ci', 'stone', 2],
    ['utf8mb4_general_ci', 'bis', 4],
    ['utf8mb4_general_ci', 'mississippi', undefined],
    ['utf8mb4_unicode_ci', 'stone', 'keyspaceId'],
    ['utf8mb4_bin', 'stone', 'keyspaceId'],
    ['utf8mb4_uca1400_ai_ci', 'Anna', undefined],
  ])('under %s, %j', async (collation, value, expected) => {
    expect(await places(collation, value)).toBe(expected);
  });

  it('keeps rows of one text together only where bytes decide', () => {
    const together = (collation: string): boolean =>
      staysTogether(
        vindexColumnsOf(
          tableWith('unicode_loose_md5', 'VARCHAR', collation),
          1n,
          VSchema.build(SrvVSchema.create()),
        )[0],
      );
    expect(together('utf8mb4_bin')).toBe(true);
    expect(together('utf8mb4_general_ci')).toBe(false);
  });
});

describe('the place of a stored value', () => {
  const place = async (
    table: Table,
    value: TypedValue,
    { ignore = false, sqlMode = '' } = {},
  ): Promise<string | undefined> => {
    const vindex = storingVindex(table, ignore, { planning: { sqlMode } } as PlanContext);
    const [found] = (await vindex?.mapStored(ctx, [[value]])) ?? [];
    if (found?.kind === 'keyspaceId') return found.id.toString('hex');
    return found?.kind === 'invalid' ? found.why.invalid : found?.kind;
  };
  const bigint = tableWith('hash', 'INT64');
  const name = tableWith('xxhash', 'VARCHAR', 'utf8mb4_general_ci', 3);

  it('is that of the number that the column makes of it', async () => {
    const twelve = await place(bigint, { type: Type.INT64, value: Buffer.from('12') });
    expect(await place(bigint, text('012'))).toBe(twelve);
    expect(await place(bigint, { type: Type.DECIMAL, value: Buffer.from('11.5') })).toBe(twelve);
    expect(await place(bigint, text('12abc'))).toBe('truncated');
    expect(await place(bigint, text('12abc'), { ignore: true })).toBe(twelve);
    expect(await place(bigint, text('12abc'), { sqlMode: 'ONLY_FULL_GROUP_BY' })).toBe(twelve);
    expect(await place(bigint, text('x'), { sqlMode: 'TRADITIONAL' })).toBe('incorrectInteger');
  });

  it('is that of the text that fits the column', async () => {
    const abc = await place(name, text('abc'));
    expect(await place(name, text('abc  '))).toBe(abc);
    expect(await place(name, text('abcd'))).toBe('tooLong');
    expect(await place(name, text('abcd'), { ignore: true })).toBe(abc);
    expect(await place(name, text(''), { sqlMode: 'EMPTY_STRING_IS_NULL' })).toBeUndefined();
  });
});

test('a column stores what another one had as it is, or not', () => {
  const column = (type: number, size: number, collation = 'utf8mb4_bin') => ({ type, size, collation });
  expect(storesUnchanged(column(Type.VARCHAR, 10), column(Type.VARCHAR, 20, 'utf8mb4_general_ci'))).toBe(
    true,
  );
  expect(storesUnchanged(column(Type.VARCHAR, 20), column(Type.VARCHAR, 10))).toBe(false);
  expect(storesUnchanged(column(Type.VARCHAR, 10), column(Type.CHAR, 10))).toBe(false);
  expect(storesUnchanged(column(Type.VARCHAR, 10), column(Type.VARCHAR, 10, 'latin1_bin'))).toBe(false);
  expect(storesUnchanged(column(Type.INT64, 20, ''), column(Type.INT32, 11, ''))).toBe(false);
  expect(storesUnchanged(undefined, column(Type.INT64, 20, ''))).toBe(false);
});
