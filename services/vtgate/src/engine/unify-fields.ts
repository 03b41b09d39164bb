import { MySqlFlag, Type, isIntegral, isText, isUnsigned, typeName, type Field } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * One header for rows that come from several shards. Shards may differ while a schema change rolls out; the rows'
 * text is kept, so the headers may differ only where the text of one is a valid value of the other. The first
 * header itself is returned when all agree.
 */
export function unifyShardFields(headers: readonly (readonly Field[])[]): Field[] {
  const first = headers[0] as Field[];
  let unified = first;
  for (const header of headers.slice(1)) {
    if (header === first) continue;
    if (header.length !== first.length) {
      throw disagree(`${first.length} and ${header.length} columns`);
    }
    unified = mergeHeaders(unified, header, shardField);
  }
  return unified;
}

/** The header of a UNION of selects with these headers, named after the first. Throws where MySQL would convert. */
export function unifyUnionFields(headers: readonly (readonly Field[])[]): Field[] {
  const first = headers[0] as Field[];
  let unified = first;
  for (const header of headers.slice(1)) {
    if (header.length !== first.length) {
      throw new VtError(
        Code.INVALID_ARGUMENT,
        'The used SELECT statements have a different number of columns',
        { errno: 1222, sqlstate: '21000' },
      );
    }
    unified = mergeHeaders(unified, header, unionField);
  }
  return unified;
}

function mergeHeaders(a: Field[], b: readonly Field[], one: (a: Field, b: Field) => Field): Field[] {
  let changed = false;
  const merged = a.map((field, i) => {
    const result = one(field, b[i]);
    changed ||= result !== field;
    return result;
  });
  return changed ? merged : a;
}

function shardField(a: Field, b: Field): Field {
  const same =
    a.type === b.type && a.flags === b.flags && a.charset === b.charset && a.decimals === b.decimals;
  if (same && a.columnLength === b.columnLength) return a;
  if (a.charset !== b.charset && isText(a.type)) throw differ(a, b, 'character sets');
  const type = commonType(a.type, b.type);
  if (type === undefined) throw differ(a, b, 'types');
  return { ...a, type, ...widened(a, b) };
}

function unionField(a: Field, b: Field): Field {
  // A signed and an unsigned integer make a DECIMAL.
  const isMixed = isIntegral(a.type) && isIntegral(b.type) && isUnsigned(a.type) !== isUnsigned(b.type);
  const type = isMixed ? Type.DECIMAL : commonType(a.type, b.type);
  if (type === undefined || (a.charset !== b.charset && isText(type))) {
    throw new VtError(
      Code.UNIMPLEMENTED,
      `unsupported: UNION over shards whose column '${a.name}' is ${typeName(a.type)} in one SELECT and ` +
        `${typeName(b.type)} in another; CAST both to one type`,
      { id: 'VT12001', errno: 1235, sqlstate: '42000' },
    );
  }
  // Temporal fractions and decimal scales are part of a value's text, which a UNION would rewrite.
  if (a.decimals !== b.decimals && (type === Type.DECIMAL || type === Type.TIME || type === Type.DATETIME)) {
    throw new VtError(
      Code.UNIMPLEMENTED,
      `unsupported: UNION over shards whose column '${a.name}' has different scales; CAST both to one type`,
      { id: 'VT12001', errno: 1235, sqlstate: '42000' },
    );
  }
  const merged = {
    ...a,
    type: type === Type.NULL_TYPE ? Type.BINARY : type,
    ...widened(a, b),
    table: '',
    orgTable: '',
    orgName: '',
    database: '',
  };
  return { ...merged, flags: merged.flags & ~keyFlags };
}

const keyFlags = MySqlFlag.PRI_KEY | MySqlFlag.UNIQUE_KEY | MySqlFlag.MULTIPLE_KEY | MySqlFlag.AUTO_INCREMENT;

/** Flags that both have, and those that follow from the type of either. */
function widened(a: Field, b: Field): Pick<Field, 'flags' | 'columnLength' | 'decimals' | 'charset'> {
  const typeFlags = MySqlFlag.BLOB | MySqlFlag.BINARY | MySqlFlag.NUM | MySqlFlag.UNSIGNED;
  return {
    flags: (a.flags & b.flags) | ((a.flags | b.flags) & typeFlags),
    columnLength: Math.max(a.columnLength, b.columnLength),
    decimals: Math.max(a.decimals, b.decimals),
    charset: a.type === Type.NULL_TYPE ? b.charset : a.charset,
  };
}

const integerWidths: number[] = [Type.INT8, Type.INT16, Type.INT24, Type.INT32, Type.INT64];
const unsignedWidths: number[] = [Type.UINT8, Type.UINT16, Type.UINT24, Type.UINT32, Type.UINT64];
const textWidths: number[] = [Type.CHAR, Type.VARCHAR, Type.TEXT];
const binaryWidths: number[] = [Type.BINARY, Type.VARBINARY, Type.BLOB];

/** The type that holds the text of both, or undefined. */
function commonType(a: number, b: number): number | undefined {
  if (a === b) return a;
  if (a === Type.NULL_TYPE) return b;
  if (b === Type.NULL_TYPE) return a;
  for (const widths of [integerWidths, unsignedWidths, textWidths, binaryWidths]) {
    const [i, j] = [widths.indexOf(a), widths.indexOf(b)];
    if (i >= 0 && j >= 0) return widths[Math.max(i, j)];
  }
  if (isIntegral(a) && isIntegral(b) && a !== Type.YEAR && b !== Type.YEAR) return mixedSign(a, b);
  return undefined;
}

function mixedSign(a: number, b: number): number | undefined {
  const [signed, unsigned] = isUnsigned(a) ? [b, a] : [a, b];
  const wider = Math.max(integerWidths.indexOf(signed), unsignedWidths.indexOf(unsigned) + 1);
  return integerWidths[wider];
}

function differ(a: Field, b: Field, what: string): VtError {
  return disagree(`the ${what} of column '${a.name}' (${typeName(a.type)} and ${typeName(b.type)})`);
}

function disagree(what: string): VtError {
  return new VtError(
    Code.FAILED_PRECONDITION,
    `shards disagree about ${what}: their tables have different schemas; finish the schema change on all shards ` +
      'and run the statement again',
  );
}
