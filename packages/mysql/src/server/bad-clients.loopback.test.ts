import { emptyResult, RowBatch } from '@vitess-ts/sqltypes';
import { Command } from '../protocol/constants';
import { commandPacket, frame } from '../protocol/packets';
import { errorOf, fields, Loopback, until } from './loopback.contract';

const lo = new Loopback();
afterEach(() => lo.stop());

describe('bad clients', () => {
  test.each([
    ['garbage for a login', Buffer.from('GET / HTTP/1.1\r\n\r\n'), [1153, 1156, 1043]],
    ['a login that is cut short', frame(Buffer.alloc(20), 1), [1043]],
    ['a login of zeros', frame(Buffer.alloc(64), 1), [1043]],
    ['a huge login', Buffer.from([0xff, 0xff, 0xff, 1]), [1153]],
    ['a wrong number', frame(Buffer.alloc(64), 9), [1156]],
  ])('%s ends that connection only', async (_name, bytes, errnos) => {
    await lo.start();
    const other = await lo.connect();
    const client = await lo.raw();
    client.socket.write(bytes);
    await until('the refusal', () => client.payloads.length === 2);
    expect(errnos).toContain(errorOf(client.payloads[1]).errno);
    await until('the close', () => client.closed);
    expect((await other.query('x')).rows.length).toBe(1);
    await until('the count', () => lo.server.connectionCount === 1);
  });

  test('random bytes at any moment never hurt the others', async () => {
    await lo.start();
    const other = await lo.connect();
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 0x7fffffff);
    for (let i = 0; i < 40; i++) {
      const client = i % 2 === 0 ? await lo.raw() : await lo.rawLoggedIn();
      const bytes = Buffer.from(Array.from({ length: random() % 300 }, () => random() & 0xff));
      client.socket.write(bytes);
      client.socket.end();
      await until('the close', () => client.closed);
    }
    expect((await other.query('x')).rows.length).toBe(1);
    await until('the count', () => lo.server.connectionCount === 1);
  });

  test('a command over the limit is refused with 1153', async () => {
    await lo.start({ maxPacketBytes: 1000 });
    const conn = await lo.connect();
    expect((await conn.query('x'.repeat(999))).rows.length).toBe(1);
    await expect(conn.query('x'.repeat(1000))).rejects.toMatchObject({ errno: 1153, sqlstate: '08S01' });
    await new Promise<void>((resolve) => conn.onClose(resolve));
  });

  test('too many, too slow, too idle', async () => {
    await lo.start({ maxConnections: 2, connectTimeoutMs: 60, idleTimeoutMs: 60 });
    const silent = await lo.raw();
    const idle = await lo.connect();
    await expect(lo.connect()).rejects.toMatchObject({ errno: 1040, sqlstate: '08004' });
    await until('the end of the silent one', () => silent.closed);
    await new Promise<void>((resolve) => idle.onClose(resolve));
    expect(lo.server.connectionCount).toBe(0);
  });

  test('one that does not read is cut off', async () => {
    await lo.start({ writeTimeoutMs: 60 });
    const chunk = emptyResult({ fields, rows: RowBatch.from(1, [[Buffer.alloc(1_000_000, 'x')]]) });
    let ended = false;
    lo.script.on['endless'] = async (reply) => {
      await reply.stream(
        (async function* () {
          for (;;) yield chunk;
        })(),
      );
      ended = true;
    };
    const client = await lo.rawLoggedIn();
    client.socket.pause();
    client.socket.write(commandPacket(Command.QUERY, 'endless'));
    await until('the end of the stream', () => ended);
    await until('the close', () => lo.script.calls.includes('close'));
  });
});
