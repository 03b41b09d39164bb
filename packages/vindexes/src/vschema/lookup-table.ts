import { Code, VtError } from '@vitess-ts/vterrors';
import { LookupOperations } from '../lookup/lookup-operations';
import type { LookupOwner } from '../lookup/lookup-owner';
import { isLookup, type LookupVindex } from '../vindex';
import { qualifiedTable } from './keyspace-builder';
import type { Table } from './model';
import type { VSchema } from './vschema';

/** The table of a lookup vindex of a keyspace: one of that name in full, else the only one that the name means. */
export function lookupTable(vschema: VSchema, keyspace: string, { lookup }: LookupVindex): Table {
  const { keyspace: named, name } = qualifiedTable(lookup.table, '');
  if (named !== '') return vschema.findTable(named, name);
  const own = vschema.keyspace(keyspace).tables.get(name);
  return own ?? vschema.findTable(undefined, name);
}

/** The table whose rows the entries of a lookup are of. */
export function lookupOwner(
  vschema: VSchema,
  keyspace: string,
  vindex: LookupVindex,
): LookupOwner | undefined {
  for (const table of vschema.keyspace(keyspace).tables.values()) {
    const owned = table.columnVindexes.find((v) => v.owned && v.vindex === vindex);
    if (owned === undefined) continue;
    const placeColumns = table.columnVindexes.find((v) => v.isPrimary)?.columns ?? [];
    return { keyspace, table: table.name, columns: owned.columns, placeColumns };
  }
  return undefined;
}

/** What reads and writes a lookup vindex. Throws NOT_FOUND when the vschema has no such vindex, or not its table. */
export function lookupOperations(
  vschema: VSchema,
  keyspace: string,
  name: string,
  keyName?: string,
): LookupOperations {
  const vindex = vschema.keyspace(keyspace).vindexes.get(name);
  if (vindex === undefined || !isLookup(vindex)) {
    throw new VtError(Code.NOT_FOUND, `keyspace ${keyspace} has no lookup vindex ${name}`);
  }
  const table = lookupTable(vschema, keyspace, vindex);
  const owner = lookupOwner(vschema, keyspace, vindex);
  return new LookupOperations(
    vindex,
    keyspace,
    { keyspace: table.keyspace.name, name: table.name },
    owner && { ...owner, keyName },
  );
}
