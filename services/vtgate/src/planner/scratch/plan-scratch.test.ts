import { Column, TableSchema } from '@vitess-ts/proto/vttsquery';
import { normalize, parse } from '@vitess-ts/sqlparser';
import { VSchema, srvVSchemaFromJson } from '@vitess-ts/vindexes';
import type { PrimitiveDescription } from '../../engine/primitive';
import { Scratch } from '../../engine/scratch/scratch';
import type { ScratchInput } from '../../engine/scratch/scratch-input';
import { buildPlan } from '../build-plan';
import type { PlanningContext } from '../plan';

const columns = [
  { name: 'id', type: 'INT64' },
  { name: 'f', type: 'FLOAT32' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'kind', type: 'ENUM', values: ['a', 'b'] },
  { name: 'word', type: 'VARCHAR', size: 300, collation_name: 'latin1_swedish_ci' },
  { name: 'hidden', type: 'INT32', invisible: true },
];
const sharded = {
  column_vindexes: [{ column: 'id', name: 'hash' }],
  columns,
  column_list_authoritative: true,
};
const docs = {
  ...sharded,
  columns: [
    { name: 'id', type: 'INT64' },
    { name: 'j', type: 'TEXT', collation_name: 'utf8mb4_bin' },
  ],
};
const vschema = VSchema.build(
  srvVSchemaFromJson({
    keyspaces: {
      a: {
        sharded: true,
        vindexes: { hash: { type: 'hash' } },
        tables: { t: sharded, u: sharded, docs, open: { column_vindexes: [{ column: 'id', name: 'hash' }] } },
      },
      b: { tables: { t: { columns, column_list_authoritative: true } } },
    },
  }),
);

function plan(sql: string, rest: Partial<PlanningContext> = {}): PrimitiveDescription {
  return planned(sql, rest).describe();
}

function planned(sql: string, rest: Partial<PlanningContext> = {}) {
  const { text } = normalize(sql);
  const planning: PlanningContext = {
    vschema,
    target: { keyspace: 'a' },
    collation: 45,
    sqlMode: '',
    dialect: 'mariadb',
    ...rest,
  };
  return buildPlan(parse(text), text, planning).primitive;
}

const inputsOf = (sql: string, rest: Partial<PlanningContext> = {}): readonly ScratchInput[] =>
  (planned(sql, rest) as unknown as { options: { inputs: ScratchInput[] } }).options.inputs;

test('every column is read in a form that keeps its value', () => {
  const [input] = inputsOf('select t.*, rank() over (order by id) from t');
  expect(input.columns).toEqual([
    { name: 'id', definition: 'bigint null', form: { kind: 'number' }, key: 'id' },
    { name: 'f', definition: 'float null', form: { kind: 'text' }, key: 'f' },
    { name: 'at', definition: 'timestamp null', form: { kind: 'timestamp' }, key: 'at' },
    { name: 'kind', definition: "enum('a','b') null", form: { kind: 'member' }, key: 'kind' },
    {
      name: 'word',
      definition: 'varchar(300) character set latin1 collate latin1_swedish_ci null',
      form: { kind: 'bytes', charset: 'latin1' },
      key: 'word(191)',
    },
  ]);
  expect(input.read.describe().other?.Query).toBe(
    'select id as id, f + 0e0 as f, unix_timestamp(at) as at, kind + 0 as kind, cast(word as binary) as word from t',
  );
});

test('tracked types are taken as they are, without what would change values', () => {
  const tracked = TableSchema.fromPartial({
    columns: [
      Column.fromPartial({ name: 'id', columnType: 'bigint(20) unsigned zerofill', autoIncrement: true }),
      Column.fromPartial({ name: 'word', columnType: 'varchar(300) /*M!100301 COMPRESSED*/' }),
    ],
  });
  const [input] = inputsOf('select hidden, rank() over (order by word, id) from t', {
    tableSchema: () => tracked,
  });
  expect(input.columns.map((c) => `${c.name} ${c.definition}`)).toEqual([
    'id bigint(20) unsigned zerofill null',
    'word varchar(300) character set latin1 collate latin1_swedish_ci null',
    'hidden int null invisible',
  ]);
});

test("MariaDB's JSON stays JSON", () => {
  const tracked = TableSchema.fromPartial({
    columns: [Column.fromPartial({ name: 'j', columnType: 'json' })],
  });
  const [input] = inputsOf('select rank() over (order by j) from docs', { tableSchema: () => tracked });
  expect(input.columns[0].definition).toBe(
    'longtext character set utf8mb4 collate utf8mb4_bin null check (json_valid(j))',
  );
});

test('a table of which only the number of rows matters has one column', () => {
  const [input] = inputsOf('select count(*) over () from t');
  expect(input.columns.map((c) => c.name)).toEqual(['id']);
});

test('columns that rows are looked up by are indexed', () => {
  const inputs = inputsOf(
    'select (select max(u.kind) from u where u.word = t.word and u.f > 2) from t where f = 1',
  );
  expect(inputs.map((i) => i.indexes)).toEqual([['word'], ['word']]);
});

test('MySQL reads a temporary table once in a query: each place gets its own', () => {
  const sql = 'select x.id, rank() over (order by y.f) from t x, t y where x.id = 1 and y.id = 2';
  expect(inputsOf(sql).map((i) => i.name)).toEqual(['_vt_scratch_0']);
  const ofMySql = plan(sql, { dialect: 'mysql' });
  expect(ofMySql.inputs?.map((i) => i.other?.Query)).toEqual([
    'select id as id, f + 0e0 as f from t where id = :v1',
    'select id as id, f + 0e0 as f from t where id = :v2',
  ]);
});

test('tables of one name in two keyspaces go by their full names', () => {
  const sql = 'select a.t.id, b.t.*, row_number() over () from a.t, b.t where a.t.f > 3 and b.t.id = a.t.id';
  const described = plan(sql);
  expect(described.other?.Query).toMatch(
    /^select `a\.t`\.id, `b\.t`\.\*, .* from _vt_scratch_0 as `a\.t`, _vt_scratch_1 as `b\.t`/,
  );
  expect(described.inputs?.map((i) => i.keyspace?.name)).toEqual(['a', 'b']);
});

test('partitions stay with the table that they are read from', () => {
  const described = plan('select id, rank() over (order by f) from t partition (p0) use index (i)');
  expect(described.inputs?.[0].other?.Query).toMatch(/from t partition \(p0\)$/);
  expect(described.other?.Query).not.toMatch(/partition|index/);
});

test('a table whose columns are not known is refused, and says what to do', () => {
  expect(() => plan('select id, rank() over (order by f) from open')).toThrow(
    /needs all columns of a\.open, which are not known; let the schema be tracked/,
  );
});

test('a plan that the operators have stays', () => {
  expect(planned('select id from t where id = 1')).not.toBeInstanceOf(Scratch);
  expect(plan('select id, count(*) from t group by id').operatorType).not.toBe('Scratch');
});
