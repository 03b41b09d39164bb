import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseKill } from './kill-statement';
import { parseStaticUsers, readStaticUsers } from './static-users';

describe('parseStaticUsers', () => {
  it('reads users as Vitess writes them', () => {
    const text = JSON.stringify({
      app: [{ Password: 'one', UserData: 'app_user', Groups: ['writers'] }, { Password: 'two' }],
      dba: { MysqlNativePassword: '*0123456789012345678901234567890123456789' },
    });
    expect(parseStaticUsers(text, 'f')).toEqual({
      app: [
        { password: 'one', username: 'app_user', groups: ['writers'] },
        { password: 'two', groups: [] },
      ],
      dba: [{ nativePasswordHash: '*0123456789012345678901234567890123456789', groups: [] }],
    });
  });

  it.each([
    ['{', /users file f: /],
    ['[]', /it must be an object of users/],
    ['{"a": ["x"]}', /an entry of user 'a' is not an object/],
    ['{"a": [{"Password": 1}]}', /Password of user 'a' is not a string/],
    ['{"a": [{"Groups": "x"}]}', /Groups of user 'a' is not a list/],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => parseStaticUsers(text, 'f')).toThrow(message);
  });

  it('reads a file, or names the one that it cannot read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'users-'));
    try {
      const path = join(folder, 'users.json');
      await expect(readStaticUsers(path)).rejects.toThrow(path);
      await writeFile(path, '{"a": {"Password": "p"}}');
      expect(await readStaticUsers(path)).toEqual({ a: [{ password: 'p', groups: [] }] });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('parseKill', () => {
  it.each([
    ['kill 12', { connectionId: 12, queryOnly: false }],
    [' KILL connection 12 ;', { connectionId: 12, queryOnly: false }],
    ['kill\nquery 3', { connectionId: 3, queryOnly: true }],
    ['killer 3', undefined],
    ['select 1', undefined],
    ['', undefined],
  ])('reads %s', (sql, kill) => {
    expect(parseKill(sql)).toEqual(kill);
  });

  it('refuses a KILL that names no connection', () => {
    expect(() => parseKill('kill everything')).toThrow(expect.objectContaining({ errno: 1064 }));
  });
});
