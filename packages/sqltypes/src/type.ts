/**
 * Column and value types: the numbers of `query.Type` on the wire. The upper bits are traits (integral, unsigned,
 * float, quoted, text, binary), so that a trait is one bit test.
 */
export const Type = {
  NULL_TYPE: 0,
  INT8: 257,
  UINT8: 770,
  INT16: 259,
  UINT16: 772,
  INT24: 261,
  UINT24: 774,
  INT32: 263,
  UINT32: 776,
  INT64: 265,
  UINT64: 778,
  FLOAT32: 1035,
  FLOAT64: 1036,
  TIMESTAMP: 2061,
  DATE: 2062,
  TIME: 2063,
  DATETIME: 2064,
  YEAR: 785,
  DECIMAL: 18,
  TEXT: 6163,
  BLOB: 10260,
  VARCHAR: 6165,
  VARBINARY: 10262,
  CHAR: 6167,
  BINARY: 10264,
  BIT: 2073,
  ENUM: 2074,
  SET: 2075,
  TUPLE: 28,
  GEOMETRY: 2077,
  JSON: 2078,
  EXPRESSION: 31,
  HEXNUM: 4128,
  HEXVAL: 4129,
  BITNUM: 4130,
  VECTOR: 2083,
  RAW: 2084,
  ROW_TUPLE: 2085,
} as const;

export type Type = (typeof Type)[keyof typeof Type];

/** Trait bits of a `Type`. */
export const TypeFlag = {
  INTEGRAL: 256,
  UNSIGNED: 512,
  FLOAT: 1024,
  QUOTED: 2048,
  TEXT: 4096,
  BINARY: 8192,
} as const;

const names = new Map<number, keyof typeof Type>(
  (Object.entries(Type) as [keyof typeof Type, Type][]).map(([name, value]) => [value, name]),
);

export function typeName(type: number): string {
  return names.get(type) ?? `TYPE_${type}`;
}

export function typeByName(name: string): Type | undefined {
  return (Type as Record<string, Type>)[name];
}

export function isIntegral(type: number): boolean {
  return (type & TypeFlag.INTEGRAL) !== 0;
}

export function isUnsigned(type: number): boolean {
  return (type & TypeFlag.UNSIGNED) !== 0;
}

export function isSigned(type: number): boolean {
  return isIntegral(type) && !isUnsigned(type);
}

export function isFloat(type: number): boolean {
  return (type & TypeFlag.FLOAT) !== 0;
}

export function isNumber(type: number): boolean {
  return isIntegral(type) || isFloat(type) || type === Type.DECIMAL;
}

/** A type whose values are character strings with a collation. */
export function isText(type: number): boolean {
  return (type & TypeFlag.TEXT) !== 0 && type !== Type.HEXNUM && type !== Type.HEXVAL && type !== Type.BITNUM;
}

export function isBinary(type: number): boolean {
  return (type & TypeFlag.BINARY) !== 0;
}

/** A type whose values stand in quotes in SQL text. */
export function isQuoted(type: number): boolean {
  return (type & TypeFlag.QUOTED) !== 0;
}

export function isTemporal(type: number): boolean {
  return type === Type.TIMESTAMP || type === Type.DATE || type === Type.TIME || type === Type.DATETIME;
}
