import { instancePaths, myCnf } from './my-cnf';

const paths = instancePaths('/inst');
const base = { dir: '/inst', cacheDir: '/cache', serverId: 101 };
const lines = (text: string): string[] => text.trim().split('\n');

test('a server listens on its socket only, until it is given a port', () => {
  const local = lines(myCnf(base, paths, '/tmp/x/mysql.sock'));
  expect(local[0]).toBe('[mariadbd]');
  expect(local).toEqual(
    expect.arrayContaining([
      'socket = /tmp/x/mysql.sock',
      'datadir = /inst/data',
      'server-id = 101',
      'skip-networking = ON',
      'binlog-format = ROW',
      'gtid-strict-mode = ON',
      'binlog-row-metadata = FULL',
      'sync-binlog = 1',
      'innodb-flush-log-at-trx-commit = 1',
      'read-only = OFF',
    ]),
  );
  const tcp = lines(myCnf({ ...base, port: 17100 }, paths, '/s'));
  expect(tcp).toEqual(expect.arrayContaining(['port = 17100', 'bind-address = 127.0.0.1']));
  expect(tcp.join()).not.toContain('skip-networking');
});

test('options and extra settings', () => {
  const text = lines(
    myCnf(
      {
        ...base,
        durability: 'relaxed',
        readOnly: true,
        lockWaitTimeoutSeconds: 9,
        settings: { 'max-connections': '7' },
      },
      paths,
      '/s',
    ),
  );
  expect(text).toEqual(
    expect.arrayContaining([
      'sync-binlog = 0',
      'read-only = ON',
      'innodb-lock-wait-timeout = 9',
      'max-connections = 7',
    ]),
  );
  expect(text.filter((line) => line.startsWith('max-connections'))).toHaveLength(1);
});
