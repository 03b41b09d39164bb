import type { SecureVersion } from 'node:tls';
import {
  NoAuthenticator,
  StaticAuthenticator,
  type Authenticator,
  type AuthPlugin,
  type ServerTlsOptions,
} from '@vitess-ts/mysql';
import { bool, duration, int, oneOf, str, UsageError, type OptionValues } from '@vitess-ts/servenv';
import type { MysqlFrontOptions } from './mysql-front';
import { readStaticUsers } from './static-users';

/** How clients reach the gate over the MySQL protocol. */
export type MysqlListener = Pick<
  MysqlFrontOptions,
  | 'host'
  | 'port'
  | 'socketPath'
  | 'maxConnections'
  | 'maxPacketBytes'
  | 'maxPreparedStatements'
  | 'idleTimeoutMs'
  | 'tls'
  | 'requireSecureTransport'
  | 'proxyProtocol'
> & {
  /** What clients see; absent: what the tablets' servers are. */
  serverVersion?: string;
  /** Absent: everybody may in, which is for loopback only. */
  authenticator?: Authenticator;
};

/** Options of the MySQL protocol, with Vitess's names where it has them. */
export const mysqlOptions = {
  mysqlServerPort: int({
    default: -1,
    min: -1,
    max: 65535,
    help: 'port of the MySQL protocol; -1: none, 0: any',
  }),
  mysqlServerBindAddress: str({ default: '127.0.0.1', help: 'address of the MySQL protocol' }),
  mysqlServerSocketPath: str({ default: '', help: 'unix socket of the MySQL protocol' }),
  mysqlServerVersion: str({
    default: '',
    help: 'version that MySQL clients see; empty: that of the servers behind',
  }),
  mysqlAuthServerImpl: oneOf(['', 'none', 'static'], {
    default: '',
    help:
      'how MySQL clients log in: none (everybody may), static (a file of users); empty: static with a file, else none ' +
      'on loopback only',
  }),
  mysqlAuthServerStaticFile: str({
    default: '',
    help: 'JSON file of users for --mysql-auth-server-impl static',
  }),
  mysqlMaxConnections: int({ default: 10_000, min: 1, help: 'most MySQL clients at a time' }),
  mysqlAuthPlugin: oneOf(['mysql_native_password', 'caching_sha2_password', 'mysql_clear_password'], {
    default: 'mysql_native_password',
    help: 'how MySQL clients of the file of users prove their passwords; mysql_clear_password takes TLS or the unix socket',
  }),
  mysqlMaxPreparedStatements: int({
    default: 65_536,
    min: 0,
    help: 'most statements that all MySQL clients together keep prepared',
  }),
  mysqlServerReadTimeoutMs: duration({
    default: 28_800_000,
    help: 'a MySQL client that sends nothing for so long is cut off',
  }),
  maxPayloadSize: int({
    default: 64 << 20,
    min: 1 << 20,
    max: 1 << 30,
    help: 'longest command of a MySQL client, in bytes',
  }),
  mysqlServerSslCert: str({
    default: '',
    help: 'PEM file: certificate of the MySQL server; with it clients may use TLS',
  }),
  mysqlServerSslKey: str({ default: '', help: 'PEM file: key of that certificate' }),
  mysqlServerSslCa: str({
    default: '',
    help: 'PEM file: authority of the certificates that every TLS client of MySQL must have then',
  }),
  mysqlServerSslCrl: str({ default: '', help: 'PEM file: client certificates of MySQL that are revoked' }),
  mysqlServerTlsMinVersion: oneOf(['TLSv1.2', 'TLSv1.3'], {
    default: 'TLSv1.2',
    help: 'lowest version of TLS for MySQL clients',
  }),
  mysqlServerRequireSecureTransport: bool({
    default: false,
    help: 'refuse MySQL clients without TLS, but for those on the unix socket',
  }),
  proxyProtocol: bool({
    default: false,
    help: 'MySQL clients come through a proxy that names them (PROXY protocol, version 1 or 2); others are refused',
  }),
};

type MysqlOptionValues = OptionValues<typeof mysqlOptions>;

/** Reads the files that the options name. Throws UsageError for options that do not go together. */
export async function mysqlListener(options: MysqlOptionValues): Promise<MysqlListener> {
  const none = (text: string): string | undefined => (text === '' ? undefined : text);
  return {
    host: options.mysqlServerBindAddress,
    port: options.mysqlServerPort < 0 ? undefined : options.mysqlServerPort,
    socketPath: none(options.mysqlServerSocketPath),
    serverVersion: none(options.mysqlServerVersion),
    maxConnections: options.mysqlMaxConnections,
    maxPacketBytes: options.maxPayloadSize,
    maxPreparedStatements: options.mysqlMaxPreparedStatements,
    idleTimeoutMs: options.mysqlServerReadTimeoutMs,
    tls: tlsOf(options),
    requireSecureTransport: options.mysqlServerRequireSecureTransport,
    proxyProtocol: options.proxyProtocol,
    authenticator: await authenticatorOf(options),
  };
}

async function authenticatorOf(options: MysqlOptionValues): Promise<Authenticator | undefined> {
  const { mysqlAuthServerImpl: impl, mysqlAuthServerStaticFile: file } = options;
  if (impl === 'none') return new NoAuthenticator();
  if (file !== '')
    return new StaticAuthenticator(await readStaticUsers(file), options.mysqlAuthPlugin as AuthPlugin);
  if (impl === 'static')
    throw new UsageError('--mysql-auth-server-impl static needs --mysql-auth-server-static-file');
  return undefined;
}

function tlsOf(options: MysqlOptionValues): ServerTlsOptions | undefined {
  const { mysqlServerSslCert: certFile, mysqlServerSslKey: keyFile } = options;
  const { mysqlServerSslCa: caFile, mysqlServerSslCrl: crlFile } = options;
  const none = (text: string): string | undefined => (text === '' ? undefined : text);
  if (certFile === '' || keyFile === '') {
    if (`${certFile}${keyFile}${caFile}${crlFile}` !== '' || options.mysqlServerRequireSecureTransport) {
      throw new UsageError('TLS for MySQL clients needs --mysql-server-ssl-cert and --mysql-server-ssl-key');
    }
    return undefined;
  }
  if (crlFile !== '' && caFile === '')
    throw new UsageError('--mysql-server-ssl-crl needs --mysql-server-ssl-ca');
  const minVersion = options.mysqlServerTlsMinVersion as SecureVersion;
  return { certFile, keyFile, caFile: none(caFile), crlFile: none(crlFile), minVersion };
}
