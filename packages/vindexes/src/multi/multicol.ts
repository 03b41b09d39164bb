import { Code, VtError } from '@vitess-ts/vterrors';
import { invalidParam, numberParam } from '../params';
import type { Hashing, Vindex } from '../vindex';
import { isHashing } from '../vindex';
import { FunctionalMultiColumnVindex } from './multi-column-vindex';

type Params = Readonly<Record<string, string>>;

/** Bytes of a whole keyspace id. */
const ID_BYTES = 8;
const ownParams = ['column_count', 'column_bytes', 'column_vindex'];

/**
 * The beginnings of each column's own keyspace id, one after the other. `column_count` columns, each with the vindex
 * that `column_vindex` lists (hash when it does not) and the number of bytes that `column_bytes` lists (of what is left
 * of 8, an equal part). Values of the first columns alone give a range of keyspace ids.
 */
export function multicol(
  name: string,
  params: Params,
  create: (type: string, name: string, params: Params) => Vindex,
): FunctionalMultiColumnVindex {
  const count = numberParam(name, params, 'column_count');
  if (count < 1 || count > ID_BYTES)
    throw invalidParam(name, 'column_count', params.column_count, `must be 1 to ${ID_BYTES}`);
  const vindexes = columnVindexes(name, params, count, create);
  const bytes = columnBytes(name, params, count);
  const known = new Set(vindexes.flatMap((v) => Object.keys(v.params)));
  const ignored = new Set(vindexes.flatMap((v) => v.unknownParams));
  return new FunctionalMultiColumnVindex(
    name,
    {
      type: 'multicol',
      cost: vindexes.reduce((sum, v) => sum + v.cost, 0),
      samenesses: vindexes.map((v) => v.sameness ?? 'bytes'),
      partial: true,
      knownParams: [...ownParams, ...[...known].filter((p) => !ignored.has(p))],
      hash(values) {
        const parts: Buffer[] = [];
        for (const [i, value] of values.entries()) {
          const [destination] = vindexes[i].map([value]);
          if (destination.kind !== 'keyspaceId') return null;
          const part = destination.id.subarray(0, bytes[i]);
          // A short id is filled up before the next column's begins.
          const isLast = i === values.length - 1;
          parts.push(isLast ? part : Buffer.concat([part, Buffer.alloc(bytes[i] - part.length)]));
        }
        return Buffer.concat(parts);
      },
    },
    params,
  );
}

function listed(name: string, params: Params, param: string, count: number): string[] {
  const list = params[param]?.split(',').map((item) => item.trim()) ?? [];
  if (list.length <= count) return list;
  throw invalidParam(name, param, params[param], `lists more than the ${count} columns`);
}

function columnVindexes(
  name: string,
  params: Params,
  count: number,
  create: (type: string, name: string, params: Params) => Vindex,
): Hashing[] {
  const types = listed(name, params, 'column_vindex', count);
  const rest = Object.fromEntries(Object.entries(params).filter(([param]) => !ownParams.includes(param)));
  return Array.from({ length: count }, (_, i) => {
    const type = types[i] || 'hash';
    const vindex = create(type, type, rest);
    if (isHashing(vindex) && vindex.isUnique && !vindex.needsVCursor && type !== 'null' && type !== 'cfc') {
      return vindex;
    }
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `vindex ${name}: multicol takes unique vindexes that hash one column and need no query, not '${type}'`,
    );
  });
}

function columnBytes(name: string, params: Params, count: number): number[] {
  const given = listed(name, params, 'column_bytes', count).map((text) => {
    if (text === '') return undefined;
    if (!/^\d{1,3}$/.test(text))
      throw invalidParam(name, 'column_bytes', params.column_bytes, 'must list numbers');
    return Number(text);
  });
  const bytes: (number | undefined)[] = Array.from({ length: count }, (_, i) => given[i]);
  let open = bytes.filter((b) => b === undefined).length;
  let left = ID_BYTES - bytes.reduce<number>((sum, b) => sum + (b ?? 0), 0);
  if (open > left) {
    throw invalidParam(
      name,
      'column_bytes',
      params.column_bytes ?? '',
      `must leave room in ${ID_BYTES} bytes`,
    );
  }
  return bytes.map((b) => {
    if (b !== undefined) return b;
    const part = Math.ceil(left / open);
    open--;
    left -= part;
    return part;
  });
}
