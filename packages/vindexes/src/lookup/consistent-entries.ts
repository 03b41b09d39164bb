import type { KeyspaceId } from '@vitess-ts/key';
import type { BindVariable, BindVariables, Result, TypedValue } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import type { LookupVindex } from '../vindex';
import type { LookupCursor, LookupEntry } from './lookup-cursor';
import { asOwnersDuplicate, ownerHasRow, type LookupOwner } from './lookup-owner';
import { valueBinds, type LookupStatements } from './lookup-statements';

export interface NewEntry {
  values: readonly TypedValue[];
  /** As the `to` column holds it. */
  to: BindVariable;
  id: KeyspaceId;
}

/**
 * Entries of consistent lookups. New ones are committed before the rows, old ones are removed after them, so that a row
 * that can be seen has its entry. What is left of a transaction that failed in between is an entry without a row: it
 * gives way to the next row with its value.
 */
export class ConsistentEntries {
  constructor(
    private readonly keyspace: string,
    private readonly vindex: LookupVindex,
    private readonly statements: LookupStatements,
    private readonly owner: LookupOwner | undefined,
  ) {}

  /** `before`: entries that the same statement has created already. */
  async create(
    cursor: LookupCursor,
    entries: readonly NewEntry[],
    before: readonly NewEntry[],
  ): Promise<void> {
    try {
      await this.insert(cursor, entries);
      if (!this.vindex.isUnique) for (const e of entries) await this.keep(cursor, e.values, e.id);
      return;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      if (entries.length === 1) return this.resolve(cursor, entries[0], before, error);
    }
    const created = [...before];
    for (const entry of entries) {
      await this.create(cursor, [entry], created);
      created.push(entry);
    }
  }

  /**
   * Removes an entry that no row needs any more, after the transaction that said so has committed: meanwhile another one
   * may have made a row that does.
   */
  async removeUnused(cursor: LookupCursor, entry: LookupEntry, to: BindVariable): Promise<void> {
    const binds = valueBinds('f', entry.values);
    await cursor.execute(this.statements.select(true), binds, 'post');
    if (this.owner === undefined || (await ownerHasRow(cursor, this.owner, entry, 'post'))) return;
    await cursor.execute(this.statements.remove(), { ...binds, to }, 'post');
  }

  /** The value has an entry: that of a row, which is an error, or one that no row needs any more. */
  private async resolve(
    cursor: LookupCursor,
    entry: NewEntry,
    before: readonly NewEntry[],
    duplicate: unknown,
  ): Promise<void> {
    const binds = valueBinds('f', entry.values);
    for (const other of before) {
      const both = { ...binds, ...valueBinds('g', other.values) };
      const { rows } = await cursor.execute(this.statements.selectBoth(), both, 'pre');
      if (rows.length > 0) throw asOwnersDuplicate(duplicate, this.owner);
    }
    const found = await cursor.execute(this.statements.select(true), binds, 'pre');
    if (found.rows.length === 0) throw asOwnersDuplicate(duplicate, this.owner);
    const { values, to } = this.entryOf(found);
    if (await this.hasRow(cursor, entry, to.value)) throw asOwnersDuplicate(duplicate, this.owner);
    await this.keep(cursor, values, to.value);
    await cursor.execute(
      this.statements.update(),
      { ...valueBinds('f', values), to, newTo: entry.to },
      'pre',
    );
  }

  private async hasRow(cursor: LookupCursor, entry: NewEntry, id: KeyspaceId): Promise<boolean> {
    if (this.owner === undefined) return true;
    return ownerHasRow(cursor, this.owner, { values: entry.values, id }, 'normal');
  }

  private async insert(cursor: LookupCursor, entries: readonly NewEntry[]): Promise<void> {
    const binds: BindVariables = {};
    for (const [r, { values, to }] of entries.entries()) {
      Object.assign(binds, valueBinds(`r${r}f`, values), { [`r${r}to`]: to });
    }
    await cursor.execute(this.statements.insert(entries.length, !this.vindex.isUnique), binds, 'pre');
  }

  /** An entry that was to go is used again. Values that a collation calls equal are one entry. */
  private async keep(cursor: LookupCursor, values: readonly TypedValue[], id: KeyspaceId): Promise<void> {
    for (const removal of cursor.removals(this.keyspace, this.vindex.name)) {
      if (!removal.id.equals(id)) continue;
      const isSame = removal.values.every((v, i) => v.value.equals(values[i].value));
      if (isSame || (await this.areEqual(cursor, removal.values, values))) cursor.keep(removal);
    }
  }

  private async areEqual(
    cursor: LookupCursor,
    a: readonly TypedValue[],
    b: readonly TypedValue[],
  ): Promise<boolean> {
    const binds = { ...valueBinds('f', a), ...valueBinds('g', b) };
    const { rows } = await cursor.execute(this.statements.selectBoth(), binds, 'pre');
    return rows.length > 0;
  }

  private entryOf({ fields, rows }: Result): { values: TypedValue[]; to: BindVariable } {
    const columns = rows.row(0).map((value, i): BindVariable => ({
      type: fields[i].type,
      value: Buffer.from(value ?? ''),
      values: [],
    }));
    const to = columns[columns.length - 1];
    return { values: columns.slice(0, -1), to };
  }
}

const isDuplicate = (error: unknown): boolean => error instanceof SqlError && error.errno === 1062;
