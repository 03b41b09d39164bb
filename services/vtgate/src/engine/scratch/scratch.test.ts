import type { BoundQuery } from '@vitess-ts/queryservice';
import {
  Type,
  bindVariable,
  bindVariableOf,
  emptyResult,
  type BindVariable,
  type Result,
} from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { FakeExecContext, resultOf, rowsOf } from '../fake-exec-context.contract';
import type { ResolvedShard } from '../primitive';
import { Route } from '../route';
import { Scratch, type ScratchOptions } from './scratch';
import type { ScratchAccess, ScratchConnection } from './scratch-access';
import type { ScratchInput } from './scratch-input';

/** What happens on a scratch connection, and to reads, in order. */
class FakeScratch implements ScratchAccess {
  maxRows = 10_000;
  maxBytes = 1 << 20;
  readonly log: string[] = [];
  readonly open = new Set<string>();
  loadedRows = 0;
  result: Result = resultOf('id', [['7']]);
  fail?: { text: string; error: Error };
  warnings = 0;
  readonly variables = new Map<string, BindVariable>();

  constructor(private readonly ctx: () => FakeExecContext) {}

  async openReads(
    shards: readonly ResolvedShard[],
    snapshot: boolean,
  ): ReturnType<ScratchAccess['openReads']> {
    this.log.push(`reads ${shards.map((s) => s.shard).join(' ')}${snapshot ? ' in a snapshot' : ''}`);
    this.open.add('reads');
    return {
      stream: (on, queries) => this.ctx().stream(on, queries),
      close: async () => void this.open.delete('reads'),
    };
  }

  async openConnection(keyspaces: readonly string[]): Promise<ScratchConnection> {
    this.log.push(`connect ${keyspaces.join(' ')}`);
    this.open.add('connection');
    const run = ({ sql }: BoundQuery): Result => {
      if (this.fail && sql.includes(this.fail.text)) throw this.fail.error;
      this.log.push(sql);
      if (sql.startsWith('show warnings')) return resultOf('l, c, m', [['Warning', '1365', 'Division by 0']]);
      if (sql.startsWith('select last_insert_id()')) return resultOf('id:UINT64', [['12']]);
      if (sql.startsWith('insert')) return emptyResult({ warnings: this.warnings });
      return sql.startsWith('select') ? this.result : emptyResult();
    };
    return {
      openedAt: '1700000000.250000',
      settings: ["set session sql_mode = ''"],
      execute: async (query) => run(query),
      stream: async function* (query) {
        yield run(query);
      },
      close: async () => void this.open.delete('connection'),
    };
  }

  async *systemRows(keyspace: string, sql: string, isFirst: boolean): AsyncGenerator<Result> {
    this.log.push(`${sql} of ${keyspace}${isFirst ? ' and the server' : ''}`);
    yield resultOf('name, rows:INT64', [[keyspace, null]]);
  }

  userVariable(name: string): BindVariable | undefined {
    return this.variables.get(name);
  }

  setUserVariable(name: string, type: number, value: Buffer | null): void {
    this.variables.set(name, bindVariableOf(type, value));
  }

  loaded(rows: number): void {
    this.loadedRows += rows;
  }
}

const input = (rest: Partial<ScratchInput> = {}): ScratchInput => ({
  name: '_vt_scratch_0',
  keyspace: 'ks',
  table: 't',
  columns: [
    { name: 'id', definition: 'bigint not null', form: { kind: 'number' }, key: 'id' },
    { name: 'tag', definition: 'varchar(20) null', form: { kind: 'text' }, key: 'tag' },
  ],
  indexes: ['id'],
  read: new Route({
    keyspace: { name: 'ks', sharded: true },
    routing: { opcode: 'Scatter' },
    query: 'select id, tag from t',
    fieldQuery: 'select id, tag from t where 1 <> 1',
    tables: ['ks.t'],
  }),
  ...rest,
});

function scratchOf(rest: Partial<ScratchOptions> = {}): Scratch {
  return new Scratch({
    inputs: [input()],
    query: 'select id from _vt_scratch_0 as t',
    keyspaces: ['ks'],
    dialect: 'mariadb',
    locks: false,
    setsLastInsertId: false,
    ...rest,
  });
}

function contextOf(rows = 2): { ctx: FakeExecContext; scratch: FakeScratch } {
  const ctx: FakeExecContext = new FakeExecContext(['-80', '80-'], (shard) =>
    resultOf(
      'id, tag:VARBINARY',
      Array.from({ length: rows }, (_, i) => [`${shard === '-80' ? i : i + rows}`, i === 0 ? null : "a'\\"]),
    ),
  );
  const scratch = new FakeScratch(() => ctx);
  ctx.scratch = scratch;
  return { ctx, scratch };
}

const tags = ['(0,null)', "(1,'a''\\\\')", '(2,null)', "(3,'a''\\\\')"];

test('rows of all shards go into a table like the real one, then the query runs there', async () => {
  const { ctx, scratch } = contextOf();
  expect(await rowsOf(scratchOf(), ctx)).toEqual([['7']]);
  const [reads, connect, settings, create, insert, ...after] = scratch.log;
  expect([reads, connect]).toEqual(['reads -80 80-', 'connect ks']);
  expect(settings).toContain("time_zone = '+00:00'");
  expect(create).toBe(
    'create temporary table _vt_scratch_0 (id bigint not null, tag varchar(20) null) engine=Aria transactional=0',
  );
  expect(
    insert
      .replace('insert into _vt_scratch_0 (id, tag) values ', '')
      .split(/,(?=\()/)
      .sort(),
  ).toEqual(tags);
  expect(after).toEqual([
    'set sql_mode = @_vt_sql_mode, time_zone = @_vt_time_zone',
    "set session sql_mode = ''",
    'select id from _vt_scratch_0 as t',
  ]);
  expect(scratch.loadedRows).toBe(4);
  expect([...scratch.open]).toEqual([]);
});

test('a table without rows is there all the same', async () => {
  const { ctx, scratch } = contextOf(0);
  await rowsOf(scratchOf(), ctx);
  expect(scratch.log.filter((sql) => /^(create|insert)/.test(sql))).toEqual([
    expect.stringContaining('create temporary table _vt_scratch_0'),
  ]);
});

test('many rows get indexes', async () => {
  const { ctx, scratch } = contextOf(600);
  await rowsOf(scratchOf(), ctx);
  expect(scratch.log.find((sql) => sql.startsWith('create'))).toContain(', key (id)) engine');
});

test('several tables are read in one snapshot a shard, unless their rows are locked', async () => {
  const { ctx, scratch } = contextOf();
  const inputs = [input(), input({ name: '_vt_scratch_1', table: 'u' })];
  await rowsOf(scratchOf({ inputs }), ctx);
  await rowsOf(scratchOf({ inputs, locks: true }), ctx);
  expect(scratch.log.filter((l) => l.startsWith('reads'))).toEqual([
    'reads -80 80- in a snapshot',
    'reads -80 80-',
  ]);
});

test('more rows or bytes than the limits allow end it with an error that names the limit', async () => {
  const { ctx, scratch } = contextOf(100);
  scratch.maxRows = 150;
  await expect(rowsOf(scratchOf(), ctx)).rejects.toMatchObject({
    code: 8,
    errno: 1114,
    message: expect.stringContaining('scratch-max-rows'),
  });
  scratch.maxRows = 1000;
  scratch.maxBytes = 500;
  await expect(rowsOf(scratchOf(), ctx)).rejects.toThrow(/scratch-max-bytes/);
  expect([...scratch.open]).toEqual([]);
  expect(ctx.ended).toBeGreaterThan(0);
});

test.each(['create', 'insert', 'select id from _vt'])('nothing stays open when %s fails', async (text) => {
  const { ctx, scratch } = contextOf();
  scratch.fail = { text, error: new SqlError(1317, '70100', 'Query execution was interrupted') };
  await expect(rowsOf(scratchOf(), ctx)).rejects.toThrow('interrupted');
  expect([...scratch.open]).toEqual([]);
});

test('nothing stays open when the reader leaves', async () => {
  const { ctx, scratch } = contextOf();
  for await (const result of scratchOf().execute(ctx, {})) {
    expect(result.rows.length).toBe(1);
    break;
  }
  expect([...scratch.open]).toEqual([]);
});

test('a value that changes on the way is an error, not a wrong answer', async () => {
  const { ctx, scratch } = contextOf();
  scratch.warnings = 1;
  await expect(rowsOf(scratchOf(), ctx)).rejects.toThrow(/a row of ks.t changes/);
});

test('the header names the real table', async () => {
  const { ctx, scratch } = contextOf();
  const [field] = scratch.result.fields;
  scratch.result = {
    ...scratch.result,
    fields: [{ ...field, table: 'x', orgTable: '_vt_scratch_0', database: 'vt_other' }],
  };
  const results: Result[] = [];
  for await (const result of scratchOf().execute(ctx, {})) results.push(result);
  expect(results[0].fields[0]).toMatchObject({ table: 'x', orgTable: 't', database: 'ks' });
});

test('the time of the statement is the same for shards and query', async () => {
  const { ctx, scratch } = contextOf();
  const read = new Route({
    ...(input().read as Route).options,
    query: 'select id, tag from t where at < from_unixtime(:now)',
  });
  await rowsOf(scratchOf({ inputs: [input({ read })], timeVariable: 'now' }), ctx, {
    v1: bindVariable(Type.INT64, '1'),
  });
  expect(ctx.seen.map((q) => q.binds)).toEqual([
    { v1: '1', now: '1700000000.250000' },
    { v1: '1', now: '1700000000.250000' },
  ]);
  expect(scratch.log).toContain('set timestamp = 1700000000.250000');
});

test('warnings of the query reach the session', async () => {
  const { ctx, scratch } = contextOf();
  scratch.result = { ...scratch.result, warnings: 1 };
  await rowsOf(scratchOf(), ctx);
  expect(ctx.warnings).toEqual(['1365: Division by 0']);
});

test('LAST_INSERT_ID(x) reaches the session', async () => {
  const { ctx } = contextOf();
  await rowsOf(scratchOf({ setsLastInsertId: true }), ctx);
  expect(ctx.lastInsertId).toBe(12n);
});

test('user variables go to the connection before the query, and come back after it', async () => {
  const { ctx, scratch } = contextOf(1);
  scratch.variables.set('n', bindVariable(Type.INT64, '3'));
  scratch.result = resultOf('n:INT64, m:VARCHAR', [['7', 'x']]);
  await rowsOf(scratchOf({ userVariables: ['n', 'a b'] }), ctx);
  expect(scratch.log.slice(-3)).toEqual([
    'set @n = :__uv0, @`a b` = :__uv1',
    'select id from _vt_scratch_0 as t',
    'select @n, @`a b`',
  ]);
  expect([...scratch.variables].map(([name, { value }]) => [name, value.toString()])).toEqual([
    ['n', '7'],
    ['a b', 'x'],
  ]);
});

test('a system table has what the servers of all keyspaces say', async () => {
  const { ctx, scratch } = contextOf(1);
  const system = {
    name: '_vt_scratch_s0',
    schema: 'information_schema',
    table: 'tables',
    keyspaces: ['a', 'b'],
  };
  await rowsOf(scratchOf({ systemInputs: [system] }), ctx);
  const made = scratch.log.findIndex((sql) => sql.includes('_vt_scratch_s0'));
  expect(scratch.log.slice(made, made + 5)).toEqual([
    'create temporary table _vt_scratch_s0 engine=Aria transactional=0 as select * from information_schema.tables where 1 = 0',
    'select * from information_schema.tables of a and the server',
    "insert into _vt_scratch_s0 values ('a',null)",
    'select * from information_schema.tables of b',
    "insert into _vt_scratch_s0 values ('b',null)",
  ]);
});
