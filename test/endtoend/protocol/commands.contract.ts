import { Capability, Command } from '@vitess-ts/mysql';
import type { ProtocolCluster } from './protocol-cluster.contract';
import { PLAIN_CLIENT, RawClient } from './raw-client.contract';

const text = (code: number, argument: string): Buffer =>
  Buffer.concat([Buffer.from([code]), Buffer.from(argument)]);

/** Commands beside those of prepared statements, next to MariaDB's own answers. */
export function describeCommands(cluster: () => ProtocolCluster): void {
  async function same(command: Buffer): Promise<string[]> {
    const [gate, direct] = await cluster().both(command);
    expect(gate).toEqual(direct);
    return gate;
  }

  describe('commands', () => {
    test.each([
      'select 1',
      'select id, a, f, dt, d, ti, b, y from pt order by id',
      'select * from pt where id = 17',
      'select p.a as x, q.d from pt p join pt q on q.id = p.id + 1 order by p.id',
      "select 'a', 1.5, 2e0, null, x'00ff', date'2024-01-01', true",
      "select concat(a, 'x') c, count(*) from pt group by c order by c",
      'select nope from pt',
      'select * from nope',
      'insert into pt (id) values (1)',
      'begin',
      'select id from pt where id = 1',
      'rollback',
      "set @x = 'y'",
      'do 1',
    ])('QUERY %s', async (sql) => {
      await same(text(Command.QUERY, sql));
    });

    test('QUERY of writes', async () => {
      const statements = [
        'insert into pt (id, a) values (60, 1), (61, 2)',
        'update pt set a = a + 1 where id >= 60',
        'update pt set a = a where id >= 60',
        'replace into pt (id, a) values (60, 7)',
        'insert into pt (id, a) values (60, 1) on duplicate key update a = 8',
        'insert ignore into pt (id, a) values (60, 1)',
        'delete from pt where id >= 60',
        'begin',
        'insert into pt (id, a) values (62, 1)',
        'savepoint s',
        'rollback to s',
        'rollback',
      ];
      const { gate, direct, shown } = cluster();
      const answers: string[][][] = [];
      // One after the other: both write to the same table.
      for (const address of [gate, direct]) {
        const client = await RawClient.connect(address);
        const own: string[][] = [];
        for (const sql of statements) own.push((await client.query(sql)).map(shown));
        answers.push(own);
        client.end();
      }
      expect(answers[0]).toEqual(answers[1]);
    });

    test('QUERY that is none', async () => {
      for (const sql of ['', ';', 'selec', "select 'a"]) {
        const [gate, direct] = await cluster().both(text(Command.QUERY, sql));
        // The rest is the text, which names the server's own version.
        expect(gate.map((p) => p.slice(0, 18))).toEqual(direct.map((p) => p.slice(0, 18)));
      }
    });

    test('PING, SET_OPTION, FIELD_LIST and what there is not', async () => {
      await same(Buffer.from([Command.PING]));
      await same(Buffer.from([Command.SET_OPTION, 0, 0]));
      const [gate, direct] = await cluster().both(text(Command.QUERY, 'select 1; select 2, 3'));
      expect(gate).toEqual(direct);
      await same(Buffer.from([Command.SET_OPTION, 1, 0]));
      await same(Buffer.from([Command.SET_OPTION, 7, 0]));
      await same(Buffer.from([0x77]));
    });

    test('an error of the second statement keeps the first result', async () => {
      await same(Buffer.from([Command.SET_OPTION, 0, 0]));
      await same(text(Command.QUERY, 'select 1; select nope from pt; select 3'));
      await same(Buffer.from([Command.SET_OPTION, 1, 0]));
    });

    test('INIT_DB, and one that there is not', async () => {
      await same(text(Command.INIT_DB, 'information_schema'));
      await same(text(Command.QUERY, "select table_name from tables where table_name = 'pt'"));
      const [gate, direct] = await cluster().both(text(Command.INIT_DB, 'no_such_schema'));
      expect(gate.map((p) => p.slice(0, 18))).toEqual(direct.map((p) => p.slice(0, 18)));
    });

    test('KILL QUERY ends what runs on the shard', async () => {
      const { gate, direct } = cluster();
      const [asleep, killer, watcher] = await Promise.all(
        [gate, gate, direct].map((a) => RawClient.connect(a)),
      );
      const isAsleep = async (): Promise<boolean> => {
        const answer = await watcher.query(
          "select count(*) from information_schema.processlist where info like '%sleep(61)%'",
        );
        // The one that asks sees itself.
        return answer.at(-2)?.toString('latin1', 1) === '2';
      };
      const [, , , row] = await asleep.query('select connection_id()');
      const running = asleep.query('select sleep(61)');
      const deadline = Date.now() + 60_000;
      while (!(await isAsleep())) expect(Date.now()).toBeLessThan(deadline);
      const killed = await killer.query(`kill query ${row.toString('latin1', 1)}`);
      expect(killed[0][0]).toBe(0);
      expect((await running)[0].readUInt16LE(1)).toBe(1317);
      while (await isAsleep()) expect(Date.now()).toBeLessThan(deadline);
      expect((await asleep.query('select 1'))[0][0]).toBe(1);
      for (const client of [asleep, killer, watcher]) client.end();
    });

    test.each([
      ['DEPRECATE_EOF', Capability.DEPRECATE_EOF],
      ['FOUND_ROWS', Capability.FOUND_ROWS],
      ['SESSION_TRACK', Capability.SESSION_TRACK],
      ['SESSION_TRACK and DEPRECATE_EOF', Capability.SESSION_TRACK | Capability.DEPRECATE_EOF],
      ['MULTI_STATEMENTS', Capability.MULTI_STATEMENTS],
    ])('a client with %s', async (_name, capability) => {
      const { gate, direct } = cluster();
      const clients = await Promise.all(
        [gate, direct].map((a) => RawClient.connect(a, PLAIN_CLIENT | capability)),
      );
      const statements = [
        'select 1 as a',
        'select id, a from pt where id < 3 order by id',
        'update pt set a = a where id < 3',
        'select 1; select 2',
        'set @a = 1',
        'set autocommit = 0',
        'rollback',
        'set autocommit = 1',
      ];
      for (const sql of statements) {
        const [a, b] = await Promise.all(clients.map((client) => client.query(sql)));
        const shown = (answer: Buffer[]): string[] =>
          answer[0][0] === 0xff ? [answer[0].toString('hex', 0, 9)] : answer.map((p) => cluster().shown(p));
        expect({ sql, answer: shown(a) }).toEqual({ sql, answer: shown(b) });
      }
      for (const client of clients) client.end();
    });
  });
}
