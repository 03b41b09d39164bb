import { CACHING_SHA2_PASSWORD } from '../protocol/constants';
import { frame } from '../protocol/packets';
import { NoAuthenticator, StaticAuthenticator } from './authenticator';
import { Loopback, loginPacket, until } from './loopback.contract';

const lo = new Loopback();
afterEach(() => lo.stop());

describe('logging in', () => {
  const users = {
    plain: [{ password: 'old' }, { password: 'né w', username: 'somebody', groups: ['g'] }],
    hashed: [{ nativePasswordHash: '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7' }],
    open: [{}],
  };

  test('mysql_native_password, from passwords and hashes', async () => {
    await lo.start({ authenticator: new StaticAuthenticator(users) });
    await (await lo.connect({ user: 'plain', password: 'old' })).close();
    await (await lo.connect({ user: 'plain', password: 'né w' })).close();
    expect(lo.script.clients[1].identity).toEqual({ username: 'somebody', groups: ['g'] });
    await (await lo.connect({ user: 'hashed', password: 'secret' })).close();
    await (await lo.connect({ user: 'open' })).close();
    for (const wrong of [
      { user: 'plain', password: 'x' },
      { user: 'plain' },
      { user: 'hashed', password: 'Secret' },
      { user: 'open', password: 'x' },
      { user: 'nobody', password: 'old' },
      { user: '__proto__' },
    ]) {
      await expect(lo.connect(wrong)).rejects.toMatchObject({
        errno: 1045,
        sqlstate: '28000',
        message: `Access denied for user '${wrong.user}'@'127.0.0.1' (using password: ${wrong.password ? 'YES' : 'NO'})`,
      });
    }
  });

  test('caching_sha2_password, also for a client that began with another plugin', async () => {
    await lo.start({ authenticator: new StaticAuthenticator(users, CACHING_SHA2_PASSWORD) });
    const conn = await lo.connect({ user: 'plain', password: 'old' });
    expect((await conn.query('x')).rows.length).toBe(1);
    await conn.close();
    await expect(lo.connect({ user: 'plain', password: 'older' })).rejects.toMatchObject({ errno: 1045 });
    const client = await lo.raw();
    client.socket.write(loginPacket({ user: 'open', authResponse: Buffer.from('whatever') }));
    await until('the switch', () => client.payloads.length === 2);
    expect(client.payloads[1].toString('latin1')).toMatch(/^\xfecaching_sha2_password\0/);
    client.socket.write(frame(Buffer.alloc(0), 3));
    await until('the login', () => client.payloads.length === 3);
    expect(client.payloads[2][0]).toBe(0);
  });
});

test('without authentication either plugin gets in, with and without a password', async () => {
  for (const plugin of ['mysql_native_password', CACHING_SHA2_PASSWORD] as const) {
    await lo.start({ authenticator: new NoAuthenticator(plugin) });
    for (const password of ['', 'x']) {
      const conn = await lo.connect({ password });
      expect((await conn.query('x')).rows.length).toBe(1);
      await conn.close();
    }
    await lo.server.close();
  }
});
