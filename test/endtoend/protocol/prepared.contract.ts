import { Command } from '@vitess-ts/mysql';
import type { ProtocolCluster } from './protocol-cluster.contract';

const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n >>> 0);
  return bytes;
};

const command = (code: number, ...parts: Buffer[]): Buffer => Buffer.concat([Buffer.from([code]), ...parts]);

/** COM_STMT_PREPARE and its kin, next to MariaDB's own answers. */
export function describePrepared(cluster: () => ProtocolCluster): void {
  /** Prepares on both and gives the two ids, after the rest of the answers was the same. */
  async function prepare(sql: string): Promise<[number, number]> {
    const answers = await cluster().both(command(Command.STMT_PREPARE, Buffer.from(sql)));
    const ids = answers.map((answer) => Buffer.from(answer[0], 'hex').readUInt32LE(1));
    const [gate, direct] = answers.map((answer) => [
      `${answer[0].slice(0, 2)}${answer[0].slice(10)}`,
      ...answer.slice(1),
    ]);
    expect(gate).toEqual(direct);
    return [ids[0], ids[1]];
  }

  async function same(commands: Buffer): Promise<string[]> {
    const [gate, direct] = await cluster().both(commands);
    expect(gate).toEqual(direct);
    return gate;
  }

  const executeOne = (id: number, flags: number, rest: Buffer): Buffer =>
    command(Command.STMT_EXECUTE, u32(id), Buffer.from([flags]), u32(1), rest);

  /** The latest statement, as its id differs. */
  const execute = (rest: Buffer, flags = 0): Promise<string[]> => same(executeOne(0xffffffff, flags, rest));

  describe('prepared statements', () => {
    test.each([
      'select 1',
      'select id, a, f, dt from pt where id = ? limit ?',
      'select ?, ? + 1',
      'select count(*), max(a) x from pt group by b having x > ?',
      'select * from pt p join pt q on p.id = q.a order by 1',
      'insert into pt (id, a) values (?, ?)',
      'update pt set a = ? where id = ?',
      'delete from pt where id = ?',
      'set @a = ?',
      'do ?',
      'begin',
    ])('PREPARE of %s', async (sql) => {
      await prepare(sql);
    });

    test.each(['select * from nope', 'select nope from pt', 'selec', '', 'select 1; select 2'])(
      'PREPARE of %p fails alike',
      async (sql) => {
        const [gate, direct] = await cluster().both(command(Command.STMT_PREPARE, Buffer.from(sql)));
        // Error, errno and sqlstate; texts of syntax errors differ.
        expect(gate.map((p) => p.slice(0, 18))).toEqual(direct.map((p) => p.slice(0, 18)));
      },
    );

    test('rows are the same bytes, parameters of each kind', async () => {
      await prepare('select id, a, f, dt, d, ti, b, y from pt where id < ? order by id');
      await execute(Buffer.from([0, 1, 3, 0, 100, 0, 0, 0]));
      await execute(Buffer.from([0, 1, 8, 0, 100, 0, 0, 0, 0, 0, 0, 0]));
      await execute(Buffer.from([0, 1, 253, 0, 1, 0x39]));
      await execute(Buffer.from([1, 1, 6, 0]));
      const hundred = Buffer.alloc(8);
      hundred.writeDoubleLE(100);
      await execute(Buffer.concat([Buffer.from([0, 1, 5, 0]), hundred]));
      await prepare('select id from pt where dt = ? and ti < ?');
      const date = [7, 0xe8, 7, 1, 2, 3, 4, 5];
      await execute(Buffer.from([0, 1, 12, 0, 11, 0, ...date, 8, 0, 1, 0, 0, 0, 2, 3, 10]));
      await prepare('select id from pt order by id limit ?, ?');
      await execute(Buffer.from([0, 1, 1, 0, 3, 0, 1, 1, 0, 0, 0]));
    });

    test('writes say what they did', async () => {
      await prepare('insert into pt (id, a) values (?, ?)');
      const [gate] = await cluster().both(executeOne(0xffffffff, 0, Buffer.from([0, 1, 1, 0, 1, 0, 50, 1])));
      expect(gate).toHaveLength(1);
      await prepare('update pt set a = a + ? where id = ?');
      await execute(Buffer.from([0, 1, 1, 0, 1, 0, 1, 50]));
      await prepare('delete from pt where id >= ?');
      await cluster().both(executeOne(0xffffffff, 0, Buffer.from([0, 1, 1, 0, 50])));
    });

    test('cursors', async () => {
      const ids = await prepare('select a from pt order by id');
      await execute(Buffer.alloc(0), 1);
      const fetch = (count: number): Promise<[string[], string[]]> =>
        cluster().both(command(Command.STMT_FETCH, u32(0xffffffff), u32(count)));
      for (const count of [1, 1, 100]) {
        const [gate, direct] = await fetch(count);
        expect(gate).toEqual(direct);
      }
      const [gate, direct] = await fetch(1);
      expect([gate[0].slice(0, 18), ids.length]).toEqual([direct[0].slice(0, 18), 2]);
      await same(command(Command.STMT_RESET, u32(0xffffffff)));
    });

    test('wrong uses', async () => {
      await same(command(Command.STMT_EXECUTE, u32(12345), Buffer.from([0]), u32(1)));
      await same(command(Command.STMT_FETCH, u32(12345), u32(1)));
      await same(command(Command.STMT_RESET, u32(12345)));
      await same(command(Command.STMT_CLOSE, u32(12345)));
      await same(command(Command.STMT_EXECUTE, Buffer.from([1])));
    });
  });
}
