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
export { typeOfColumn, columnOfType } from './protocol/column-type';
