import { TabletType } from '@vitess-ts/proto/topodata';
import { silentLogger, UsageError, type Logger } from '@vitess-ts/servenv';
import { askBackendVersion, flavorOf } from './backend-version';
import { tabletTypesOf, vtgateOptions } from './options';
import { RepeatedErrors } from './repeated-errors';

describe('vtgateOptions', () => {
  const parse = (argv: string[]) => {
    const parsed = vtgateOptions.parse({ argv, env: {} });
    if (parsed.action !== 'run') throw new Error(`unexpected ${parsed.action}`);
    return parsed.values;
  };

  it('reads flags by the names of Vitess', () => {
    const argv =
      '--cell zone1 --cells-to-watch zone1,zone2 --mysql-server-port 15306 --mysql-server-bind-address 0.0.0.0 ' +
      '--mysql-server-socket-path /tmp/m.sock --mysql-server-version 8.4.6-Vitess --grpc-port 15991 --port 15001 ' +
      '--topo-implementation remote --topo-global-server-address localhost:1 --topo-global-root /v --query-timeout 30s ' +
      '--max-memory-rows 10 --gate-query-cache-memory 1000 --tablet-types-to-wait PRIMARY,replica ' +
      '--mysql-auth-server-impl static --mysql-auth-server-static-file users.json --gateway-initial-tablet-timeout 5s';
    expect(parse(argv.split(' '))).toMatchObject({
      cell: 'zone1',
      cellsToWatch: ['zone1', 'zone2'],
      mysqlServerPort: 15306,
      mysqlServerBindAddress: '0.0.0.0',
      mysqlServerSocketPath: '/tmp/m.sock',
      mysqlServerVersion: '8.4.6-Vitess',
      grpcPort: 15991,
      port: 15001,
      topoImplementation: 'remote',
      topoGlobalServerAddress: 'localhost:1',
      topoGlobalRoot: '/v',
      queryTimeoutMs: 30_000,
      maxMemoryRows: 10,
      gateQueryCacheMemory: 1000,
      tabletTypesToWait: ['PRIMARY', 'replica'],
      mysqlAuthServerImpl: 'static',
      mysqlAuthServerStaticFile: 'users.json',
      gatewayInitialTabletTimeoutMs: 5000,
    });
  });

  it('has no listener, no query timeout and 300,000 rows unless told', () => {
    expect(parse([])).toMatchObject({
      mysqlServerPort: -1,
      grpcPort: 0,
      port: 0,
      queryTimeoutMs: 0,
      maxMemoryRows: 300_000,
    });
  });

  it('knows tablet types', () => {
    expect(tabletTypesOf(['primary', 'RDONLY'])).toEqual([TabletType.PRIMARY, TabletType.RDONLY]);
    expect(() => tabletTypesOf(['first'])).toThrow(UsageError);
  });
});

describe('flavorOf', () => {
  it.each([
    ['10.11.6-MariaDB-0+deb12u1', 'mariadb'],
    ['11.4.2 mariadb.org binary distribution', 'mariadb'],
    ['8.4.6 MySQL Community Server - GPL', 'mysql'],
  ])('reads %s', (text, flavor) => {
    expect(flavorOf(text)).toBe(flavor);
  });

  it('cannot be asked while no tablet serves', async () => {
    await expect(askBackendVersion([], new AbortController().signal)).rejects.toThrow(/no tablet serves/);
  });
});

describe('RepeatedErrors', () => {
  it('writes the same trouble once in a while', () => {
    const lines: string[] = [];
    let now = 0;
    const log: Logger = { ...silentLogger, warn: (message) => void lines.push(message) };
    const errors = new RepeatedErrors(log, () => now);
    errors.report('a', new Error('down'));
    errors.report('a', new Error('down'));
    errors.report('a', new Error('other'));
    errors.report('b', new Error('down'));
    expect(lines).toEqual(['a', 'a', 'b']);
    now = 30_000;
    errors.report('a', new Error('down'));
    expect(lines).toHaveLength(4);
  });
});
