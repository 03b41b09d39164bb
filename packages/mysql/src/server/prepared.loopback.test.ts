import { emptyResult, RowBatch } from '@vitess-ts/sqltypes';
import { ColumnType, Command } from '../protocol/constants';
import { frame } from '../protocol/packets';
import { errorOf, fields, Loopback, type RawClient } from './loopback.contract';

const loopback = new Loopback();
let client: RawClient;

beforeEach(async () => {
  await loopback.start({ maxPreparedStatements: 3, maxPacketBytes: 4096 });
  client = await loopback.rawLoggedIn();
});
afterEach(() => loopback.stop());

const u32 = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24];
const command = (code: number, ...rest: (number[] | Buffer)[]): Buffer =>
  frame(Buffer.concat([Buffer.from([code]), ...rest.map((r) => Buffer.from(r))]), 0);

/** Sends a command and gives the payloads of its answer; the answer to a PING behind it is the mark of the end. */
async function ask(packet: Buffer): Promise<Buffer[]> {
  const before = client.payloads.length;
  await client.ask(Buffer.concat([packet, command(Command.STATISTICS)]));
  for (;;) {
    const got = client.payloads.slice(before);
    if (got.at(-1)?.toString() === 'Uptime: 5') return got.slice(0, -1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const prepare = (sql: string): Promise<Buffer[]> => ask(command(Command.STMT_PREPARE, Buffer.from(sql)));
const execute = (id: number, ...rest: number[]): Promise<Buffer[]> =>
  ask(command(Command.STMT_EXECUTE, u32(id), [0], u32(1), rest));
const longData = (id: number, parameter: number, data: string): Promise<Buffer[]> =>
  ask(command(Command.STMT_SEND_LONG_DATA, u32(id), [parameter, 0], Buffer.from(data)));

/** The one text value of the one row of an answer. */
const valueOf = (answer: Buffer[]): string => answer[3].subarray(3).toString();

describe('COM_STMT_PREPARE', () => {
  test('answers with an id, parameters and columns, each list ended by an EOF', async () => {
    const [head, ...rest] = await prepare('select ?, ?');
    expect(head.toString('hex')).toBe('000100000001000200000700');
    expect(rest.map((p) => p[0])).toEqual([3, 3, 0xfe, 3, 0xfe]);
    expect((await prepare('insert'))[0].readUInt32LE(1)).toBe(2);
  });

  test('what is wrong with a statement comes now, and costs nothing of the limit', async () => {
    for (let i = 0; i < 5; i++) expect(errorOf((await prepare('wrong'))[0]).errno).toBe(1064);
    for (let i = 0; i < 3; i++) expect((await prepare('select 1'))[0][0]).toBe(0);
    expect(errorOf((await prepare('select 1'))[0])).toMatchObject({ errno: 1461, sqlstate: '42000' });
    expect(await ask(command(Command.STMT_CLOSE, u32(2)))).toEqual([]);
    expect((await prepare('select 1'))[0][0]).toBe(0);
  });

  test('more parameters than 16 bits count are refused', async () => {
    const sql = Buffer.from('?'.repeat(4000));
    await prepare(sql.toString());
    loopback.script.on = {};
    await loopback.stop();
    await loopback.start();
    client = await loopback.rawLoggedIn();
    expect(errorOf((await prepare('?'.repeat(65_536)))[0])).toMatchObject({ errno: 1390, sqlstate: 'HY000' });
    expect((await prepare('?'.repeat(65_535)))[0].readUInt16LE(7)).toBe(65_535);
  });

  test('a reset connection and a lost client give back what they had prepared', async () => {
    await prepare('select 1');
    await ask(command(Command.RESET_CONNECTION));
    expect(errorOf((await execute(1))[0])).toMatchObject({ errno: 1243 });
    await prepare('select 1');
    expect(loopback.server.statementBudget.count).toBe(1);
    client.socket.destroy();
    while (loopback.server.statementBudget.count > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('COM_STMT_EXECUTE', () => {
  test('values have the types that the client says, until it says others', async () => {
    await prepare('select ?, ?');
    const bound = await execute(1, 0, 1, ColumnType.TINY, 0, ColumnType.VAR_STRING, 0, 0xff, 1, 0x61);
    expect(valueOf(bound)).toBe('263=-1,6165=a');
    expect(valueOf(await execute(1, 0, 0, 0xfe, 1, 0x62))).toBe('263=-2,6165=b');
    expect(valueOf(await execute(1, 1, 0, 1, 0x63))).toBe('0=,6165=c');
    const unsigned = await execute(
      1,
      2,
      1,
      ColumnType.LONGLONG,
      0x80,
      6,
      0,
      ...new Array<number>(8).fill(255),
    );
    expect(valueOf(unsigned)).toBe('778=18446744073709551615,0=');
  });

  test('wrong ids, too few values and unknown types are errors of the statement alone', async () => {
    expect(errorOf((await execute(9))[0])).toMatchObject({ errno: 1243 });
    await prepare('select ?');
    expect(errorOf((await execute(1))[0])).toMatchObject({ errno: 1210 });
    expect(errorOf((await execute(1, 0, 0))[0])).toMatchObject({ errno: 1210 });
    expect(errorOf((await execute(1, 0, 1, 200, 0, 1, 1))[0])).toMatchObject({ errno: 1210 });
    expect(errorOf((await execute(1, 0, 1, ColumnType.LONG, 0, 1))[0])).toMatchObject({ errno: 1835 });
    expect(errorOf((await ask(command(Command.STMT_EXECUTE, [1])))[0])).toMatchObject({ errno: 1835 });
    expect(valueOf(await execute(1, 0, 1, ColumnType.TINY, 0, 5))).toBe('263=5');
  });

  test('the latest statement may be meant without its id', async () => {
    await prepare('select 7');
    expect(await execute(0xffffffff)).toHaveLength(5);
    await prepare('wrong');
    expect(errorOf((await execute(0xffffffff))[0])).toMatchObject({ errno: 1243 });
  });

  test('long values come ahead in pieces, within a limit, and are used once', async () => {
    await prepare('select ?, ?');
    await longData(1, 1, 'ab');
    await longData(1, 1, 'cd');
    const types = [0, 1, ColumnType.TINY, 0, ColumnType.STRING, 0, 5];
    expect(valueOf(await execute(1, ...types))).toBe('263=5,6165=abcd');
    expect(valueOf(await execute(1, ...types, 1, 0x78))).toBe('263=5,6165=x');
    await longData(1, 2, 'none');
    expect(errorOf((await execute(1, ...types, 1, 0x78))[0])).toMatchObject({ errno: 1210 });
    for (let i = 0; i < 5; i++) await longData(1, 1, 'y'.repeat(1000));
    expect(errorOf((await execute(1, ...types))[0])).toMatchObject({ errno: 1105 });
    await longData(1, 1, 'z');
    await ask(command(Command.STMT_RESET, u32(1)));
    expect(valueOf(await execute(1, ...types, 1, 0x78))).toBe('263=5,6165=x');
  });
});

describe('cursors', () => {
  const open = (id: number): Promise<Buffer[]> => ask(command(Command.STMT_EXECUTE, u32(id), [1], u32(1)));
  const fetch = (id: number, count: number): Promise<Buffer[]> =>
    ask(command(Command.STMT_FETCH, u32(id), u32(count)));
  const status = (eof: Buffer): number => eof.readUInt16LE(3) & 0xc0;

  beforeEach(async () => {
    const rows = RowBatch.from(
      1,
      ['a', 'b', 'c'].map((v) => [Buffer.from(v)]),
    );
    loopback.script.on = {
      'select rows': async (reply) => {
        const chunks = async function* (): AsyncGenerator<ReturnType<typeof emptyResult>> {
          yield emptyResult({ fields, rows: rows.slice(0, 2) });
          yield emptyResult({ fields: [], rows: rows.slice(2, 3) });
        };
        await reply.stream(chunks());
      },
      'select nothing': (reply) => Promise.resolve(reply.result(emptyResult({ rowsAffected: 3n }))),
    };
    await prepare('select rows');
  });

  test('give the columns first and the rows as they are fetched', async () => {
    const opened = await open(1);
    expect(opened).toHaveLength(3);
    expect(status(opened[2])).toBe(0x40);
    const first = await fetch(1, 2);
    expect(first.slice(0, -1).map((p) => p.toString('latin1').slice(-1))).toEqual(['a', 'b']);
    expect(status(first[2])).toBe(0x40);
    const last = await fetch(1, 2);
    expect(last.slice(0, -1).map((p) => p.toString('latin1').slice(-1))).toEqual(['c']);
    expect(status(last[1])).toBe(0x80);
    expect(errorOf((await fetch(1, 1))[0])).toMatchObject({ errno: 1421 });
  });

  test('end with a reset, and are not opened by a statement without rows', async () => {
    await open(1);
    await ask(command(Command.STMT_RESET, u32(1)));
    expect(errorOf((await fetch(1, 1))[0])).toMatchObject({ errno: 1421 });
    await prepare('select nothing');
    expect((await open(2))[0].subarray(0, 2)).toEqual(Buffer.from([0, 3]));
    expect(errorOf((await fetch(2, 1))[0])).toMatchObject({ errno: 1421 });
  });
});
