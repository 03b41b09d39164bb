import { invalidParam, booleanParam } from '../params';
import type { LookupVindex, Sameness } from '../vindex';
import type { LookupDefinition, ReadLock } from './model';

type Params = Readonly<Record<string, string>>;

interface LookupKind {
  type: string;
  unique: boolean;
  consistent?: boolean;
  to?: 'unhashed';
  from?: 'looseHash';
}

const kinds: readonly LookupKind[] = [
  { type: 'lookup', unique: false },
  { type: 'lookup_unique', unique: true },
  { type: 'lookup_hash', unique: false, to: 'unhashed' },
  { type: 'lookup_hash_unique', unique: true, to: 'unhashed' },
  { type: 'lookup_unicodeloosemd5_hash', unique: false, to: 'unhashed', from: 'looseHash' },
  { type: 'lookup_unicodeloosemd5_hash_unique', unique: true, to: 'unhashed', from: 'looseHash' },
  { type: 'consistent_lookup', unique: false, consistent: true },
  { type: 'consistent_lookup_unique', unique: true, consistent: true },
];

const commonParams = [
  'table',
  'from',
  'to',
  'ignore_nulls',
  'batch_lookup',
  'read_lock',
  'write_only',
  'no_verify',
];
const autocommitParams = ['autocommit', 'multi_shard_autocommit'];

/** The types of lookup vindexes, and what makes them. */
export const lookupTypes: readonly { type: string; make: (name: string, params: Params) => LookupVindex }[] =
  kinds.map((kind) => ({ type: kind.type, make: (name, params) => makeLookup(kind, name, params) }));

function makeLookup(kind: LookupKind, name: string, params: Params): LookupVindex {
  const known = kind.consistent ? commonParams : [...commonParams, ...autocommitParams];
  const sameness: { sameness?: Sameness } = kind.from === 'looseHash' ? { sameness: 'looseText' } : {};
  return {
    name,
    type: kind.type,
    cost: kind.unique ? 10 : 20,
    isUnique: kind.unique,
    needsVCursor: true,
    params,
    ...sameness,
    unknownParams: Object.keys(params).filter((param) => !known.includes(param)),
    lookup: definitionOf(kind, name, params),
  };
}

function definitionOf(kind: LookupKind, name: string, params: Params): LookupDefinition {
  const flag = (param: string): boolean => booleanParam(name, params, param);
  const isAutocommit = kind.consistent !== true;
  const multiShardAutocommit = isAutocommit && flag('multi_shard_autocommit');
  const autocommit = (isAutocommit && flag('autocommit')) || multiShardAutocommit;
  const fromColumns = (params.from ?? '').split(',').map((column) => column.trim());
  if (fromColumns.some((column) => column === '')) {
    throw invalidParam(name, 'from', params.from, 'must list the columns that hold the values');
  }
  return Object.freeze({
    table: required(name, params, 'table'),
    fromColumns,
    toColumn: required(name, params, 'to'),
    to: kind.to ?? 'keyspaceId',
    from: kind.from ?? 'value',
    consistent: kind.consistent ?? false,
    autocommit,
    multiShardAutocommit,
    ignoreNulls: flag('ignore_nulls'),
    batchLookup: flag('batch_lookup'),
    readLock: readLockOf(name, params),
    writeOnly: flag('write_only'),
    noVerify: flag('no_verify'),
  });
}

function required(name: string, params: Params, param: string): string {
  const value = params[param] ?? '';
  if (value === '') throw invalidParam(name, param, undefined, 'must be given');
  return value;
}

function readLockOf(name: string, params: Params): ReadLock {
  const value = params.read_lock ?? 'exclusive';
  if (value === 'exclusive' || value === 'shared' || value === 'none') return value;
  throw invalidParam(name, 'read_lock', value, "must be 'exclusive', 'shared' or 'none'");
}
