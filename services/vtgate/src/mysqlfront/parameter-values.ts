import { isUtf8 } from 'node:buffer';
import { bindVariable, Type, type BindVariable } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import type { ClientTextReader } from './client-text';

/** Text that a client sends in another character set than UTF-8, as UTF-8; all else as it is. */
export function decodedParameter(
  value: BindVariable,
  charset: string,
  reader: ClientTextReader,
): BindVariable {
  if (value.type !== Type.VARCHAR || isUtf8(value.value)) return value;
  const { text, encoding } = reader.read(value.value, charset);
  // Bytes that are no text in the client's own character set: some drivers send blobs so.
  if (encoding === 'latin1') return value;
  return bindVariable(Type.VARCHAR, text);
}

/** A value for LIMIT, which must be a whole number in the text that a shard reads: drivers send doubles and strings. */
export function limitValue(value: BindVariable): BindVariable {
  const text = value.value.toString('latin1');
  switch (value.type) {
    case Type.FLOAT64:
    case Type.DECIMAL:
    case Type.VARCHAR:
    case Type.VARBINARY: {
      const number = Math.round(Number(text));
      if (text.trim() === '' || !Number.isSafeInteger(number)) throw wrongLimit();
      return wholeNumber(String(number));
    }
    case Type.NULL_TYPE:
      throw wrongLimit();
    default:
      return wholeNumber(text);
  }
}

function wholeNumber(text: string): BindVariable {
  if (!/^\d{1,20}$/.test(text)) throw wrongLimit();
  return bindVariable(Type.INT64, text);
}

function wrongLimit(): SqlError {
  return new SqlError(1210, 'HY000', 'Incorrect arguments to EXECUTE: LIMIT needs whole numbers');
}
