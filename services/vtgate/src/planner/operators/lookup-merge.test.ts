import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { normalize, parse } from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import { VSchema } from '@vitess-ts/vindexes';
import type { PrimitiveDescription } from '../../engine/primitive';
import { buildPlan } from '../build-plan';

interface Types {
  vindex?: string;
  lookup?: Type;
  writeOnly?: boolean;
}

/** Songs by user, found by id through a lookup. */
function vschema({ vindex = 'lookup_unique', lookup = Type.INT64, writeOnly = false }: Types): VSchema {
  const params = { table: 'main.song_idx', from: 'song_id', to: 'keyspace_id' };
  return VSchema.build(
    SrvVSchema.fromPartial({
      keyspaces: {
        main: { tables: { song_idx: { columns: [{ name: 'song_id', type: lookup }] } } },
        ks: {
          sharded: true,
          vindexes: {
            hash: { type: 'hash' },
            by_id: {
              type: vindex,
              owner: 'song',
              params: writeOnly ? { ...params, write_only: 'true' } : params,
            },
          },
          tables: {
            song: {
              columnListAuthoritative: true,
              columnVindexes: [
                { column: 'user_id', name: 'hash' },
                { column: 'id', name: 'by_id' },
              ],
              columns: ['user_id', 'id'].map((name) => ({ name, type: Type.INT64 })),
            },
          },
        },
      },
    }),
  );
}

/** The variants of the routes of a plan. */
function routes(sql: string, types: Types = {}): string[] {
  const { text } = normalize(sql);
  const plan = buildPlan(parse(text), text, {
    vschema: vschema(types),
    target: { keyspace: 'ks' },
    collation: 45,
    sqlMode: '',
    dialect: 'mariadb',
  });
  const found: string[] = [];
  const visit = ({ operatorType, variant = '', inputs = [] }: PrimitiveDescription): void => {
    if (operatorType === 'Route') found.push(variant);
    inputs.forEach(visit);
  };
  visit(plan.primitive.describe());
  return found;
}

const joined = 'select a.id from song a join song b on a.id = b.id';

describe('rows with one value of a lookup vindex', () => {
  it('lie together where the lookup is unique', () => {
    expect(routes(joined)).toEqual(['Scatter']);
    expect(routes(`${joined} where a.user_id = 5`)).toEqual(['EqualUnique']);
  });

  it.each<[string, Types]>([
    ['a value may have several places', { vindex: 'lookup' }],
    ['the lookup compares otherwise than the column', { lookup: Type.VARBINARY }],
    ['the lookup is not filled yet', { writeOnly: true }],
  ])('may lie apart where %s', (_why, types) => {
    expect(routes(joined, types)).toHaveLength(2);
  });

  it('choose the shards of those that are looked for among them', () => {
    const found = 'select id from song where id in (select id from song where user_id in (1, 2))';
    expect(routes(found)).toEqual(['IN']);
    expect(routes(`${found} or user_id = 5`)).toEqual(['Scatter']);
    expect(routes(found.replace('id in', 'id not in'))).toEqual(['IN', 'Scatter']);
    expect(routes('select id from song where id in (select id from song where user_id = null)')).toEqual([
      'None',
    ]);
  });
});
