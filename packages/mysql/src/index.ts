export * from './charset/charset';
export {
  type Collation,
  canonicalCharset,
  collationById,
  collationByName,
  defaultCollation,
} from './charset/collations';
export { MysqlConnection } from './client/connection';
export { FieldCache } from './client/field-cache';
export type {
  BufferedQueryOptions,
  ConnectOptions,
  QueryOptions,
  StreamQueryOptions,
} from './client/options';
export { Capability, ColumnType, Command, ServerStatus } from './protocol/constants';
export type { StateChange } from './protocol/session-track';
export { typeOfColumn, columnOfType } from './protocol/column-type';
export {
  type Authenticator,
  accessDenied,
  type AuthPlugin,
  type ClientIdentity,
  type LoginAttempt,
  NoAuthenticator,
  StaticAuthenticator,
  type StaticUser,
} from './server/authenticator';
export type { MysqlServerOptions } from './server/options';
export { MysqlServer } from './server/server';
export type { ServerTlsOptions } from './server/tls-upgrade';
export type {
  ClientInfo,
  PreparedQuery,
  QueryReply,
  SessionFactory,
  SessionHandler,
} from './server/session-handler';
