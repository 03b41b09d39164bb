import { isText, type Field, type Row } from '@vitess-ts/sqltypes';
import { assert } from '@vitess-ts/base';
import { compareComparables, decodeBytes, decoderFor, type Comparable, type Decode } from './comparable';
import { unsupported } from './unsupported';

/**
 * A column to order or group by. Text carries two columns that the shard computed: `weightColumn`, its
 * WEIGHT_STRING, and `padColumn`, the weights of a space in its collation (empty for a NO PAD collation). Where the
 * type is not text, they are not looked at. Columns count from 0, or from the end: -1 is the last.
 */
export interface OrderKey {
  column: number;
  descending: boolean;
  weightColumn?: number;
  padColumn?: number;
}

/** The decoded keys of a row, in the order of the `OrderKey`s; a text key is followed by nothing: see `pads`. */
export interface RowKeys {
  values: Comparable[];
  /** Per key the space's weights of its collation; undefined where the key is not padded text. */
  pads?: (Buffer | undefined)[];
}

interface KeyReader {
  column: number;
  decode: Decode;
  padColumn?: number;
  descending: boolean;
  /** Set for text: its own column, to see a weight that is NULL though the value is not. */
  textColumn?: number;
  name: string;
}

/** Space weights longer than this come from a collation with several levels, whose padded order is not bytewise. */
const maxOneLevelPadBytes = 3;

/** Reads and compares the keys of rows with the given fields. */
export class RowOrder {
  private readonly readers: KeyReader[];

  constructor(fields: readonly Field[], keys: readonly OrderKey[]) {
    this.readers = keys.map((key) => readerFor(fields, key));
  }

  keysOf(row: Row): RowKeys {
    const values = new Array<Comparable>(this.readers.length);
    let pads: (Buffer | undefined)[] | undefined;
    for (let i = 0; i < values.length; i++) {
      const reader = this.readers[i];
      values[i] = reader.decode(row[reader.column]);
      if (reader.textColumn === undefined) continue;
      if (values[i] === null && row[reader.textColumn] !== null) throw noWeight(reader.name);
      if (reader.padColumn === undefined) continue;
      const pad = row[reader.padColumn] ?? undefined;
      if (pad !== undefined && pad.length > maxOneLevelPadBytes) throw severalLevels(reader.name);
      (pads ??= [])[i] = pad;
    }
    return pads === undefined ? { values } : { values, pads };
  }

  compare(a: RowKeys, b: RowKeys): number {
    for (let i = 0; i < this.readers.length; i++) {
      const order = compareComparables(a.values[i], b.values[i], a.pads?.[i] ?? b.pads?.[i]);
      if (order !== 0) return this.readers[i].descending ? -order : order;
    }
    return 0;
  }

  /** True when the rows fall into one group. */
  equal(a: RowKeys, b: RowKeys): boolean {
    return this.compare(a, b) === 0;
  }
}

function readerFor(fields: readonly Field[], key: OrderKey): KeyReader {
  const column = fromEnd(key.column, fields.length);
  assert(column < fields.length, 'an order key is a column of the result');
  const field = fields[column];
  const base = { descending: key.descending, name: field.name };
  if (!isText(field.type) || key.weightColumn === undefined) {
    return { ...base, column, decode: decoderFor(field) };
  }
  return {
    ...base,
    column: fromEnd(key.weightColumn, fields.length),
    decode: decodeBytes,
    textColumn: column,
    padColumn: key.padColumn === undefined ? undefined : fromEnd(key.padColumn, fields.length),
  };
}

const fromEnd = (column: number, columns: number): number => (column < 0 ? columns + column : column);

function noWeight(name: string): Error {
  return unsupported(
    `ordering or grouping by '${name}' across shards: the server gives no weight for its value`,
    'restrict the statement to one shard',
  );
}

function severalLevels(name: string): Error {
  return unsupported(
    `ordering or grouping by '${name}' across shards: its collation compares at several levels with padding`,
    'order by a column with a one-level or NO PAD collation, or restrict the statement to one shard',
  );
}
