/**
 * One result column, as MySQL's column definition packet gives it and `query.Field` carries it (this shape is
 * structurally the generated message's). Strings are UTF-8.
 */
export interface Field {
  name: string;
  /** A `Type` number. */
  type: number;
  /** Alias of the table. */
  table: string;
  orgTable: string;
  database: string;
  orgName: string;
  /** Maximum width in bytes. */
  columnLength: number;
  /** Collation id of the result's character set; 63 is binary. */
  charset: number;
  decimals: number;
  /** `MySqlFlag` bits. */
  flags: number;
  /** Full column type, `varchar(20)`; empty when not asked for. */
  columnType: string;
}

/** Flag bits of a column definition (MySQL manual, Column Definition Flags). */
export const MySqlFlag = {
  NOT_NULL: 1,
  PRI_KEY: 2,
  UNIQUE_KEY: 4,
  MULTIPLE_KEY: 8,
  BLOB: 16,
  UNSIGNED: 32,
  ZEROFILL: 64,
  BINARY: 128,
  ENUM: 256,
  AUTO_INCREMENT: 512,
  TIMESTAMP: 1024,
  SET: 2048,
  NO_DEFAULT_VALUE: 4096,
  ON_UPDATE_NOW: 8192,
  NUM: 32768,
} as const;

/** Collation id of `binary`. */
export const BINARY_COLLATION = 63;

export function makeField(name: string, type: number, rest: Partial<Field> = {}): Field {
  return {
    name,
    type,
    table: '',
    orgTable: '',
    database: '',
    orgName: '',
    columnLength: 0,
    charset: BINARY_COLLATION,
    decimals: 0,
    flags: 0,
    columnType: '',
    ...rest,
  };
}
