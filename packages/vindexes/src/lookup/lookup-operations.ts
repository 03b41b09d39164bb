import type { Destination, KeyspaceId } from '@vitess-ts/key';
import { noShard, toKeyspaceId } from '@vitess-ts/key';
import {
  Type,
  bindVariableOf,
  isIntegral,
  listBindVariable,
  uint64BindVariable,
  type BindVariable,
  type Result,
  type TypedValue,
} from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { uint64Of } from '../functional/input';
import { hash } from '../functional/hash';
import { unicodeLooseMd5 } from '../unicode-loose/unicode-loose';
import type { LookupVindex } from '../vindex';
import type { QualifiedTable } from '../vschema/model';
import { ConsistentEntries } from './consistent-entries';
import type { LookupCursor, LookupEntry, LookupOrder } from './lookup-cursor';
import { asOwnersDuplicate, ownerHasRow, type LookupOwner } from './lookup-owner';
import { LookupStatements, valueBinds } from './lookup-statements';
import type { LookupDefinition } from './model';

export type { LookupOwner } from './lookup-owner';
export type { LookupCursor, LookupEntry, LookupOrder } from './lookup-cursor';

/** Values of the vindex's columns in one row. */
export type LookupValues = readonly TypedValue[];

/** What lookups need of a row of their owner. */
export interface LookupRow {
  values: LookupValues;
  id: KeyspaceId;
  /** Values of the columns of the primary vindex. */
  place: LookupValues;
}

/** Most entries that one statement inserts. */
const INSERT_ROWS = 200;

/** Reads and writes the table of one lookup vindex. Stateless: all state is the cursor's. */
export class LookupOperations {
  private readonly definition: LookupDefinition;
  private readonly statements: LookupStatements;
  private readonly consistent: ConsistentEntries;
  private readonly codec: EntryCodec;

  /** `table`: the lookup's table in full. `owner`: the table whose rows the entries are of. */
  constructor(
    readonly vindex: LookupVindex,
    private readonly keyspace: string,
    table: QualifiedTable,
    private readonly owner?: LookupOwner,
  ) {
    this.definition = vindex.lookup;
    this.statements = new LookupStatements(vindex.lookup, table);
    this.codec = new EntryCodec(vindex);
    this.consistent = new ConsistentEntries(keyspace, vindex, this.statements, owner);
  }

  /** One destination a row of values: where rows with these values are, as far as the table knows. */
  async map(cursor: LookupCursor, rows: readonly LookupValues[]): Promise<Destination[]> {
    const given = rows.map((row) => this.codec.from(row));
    const usable = given.filter((row) => row !== undefined && row.every((v) => v.type !== Type.NULL_TYPE));
    const found = await this.idsOf(cursor, usable as LookupValues[]);
    let next = 0;
    return given.map((row) => {
      if (row === undefined || row.some((v) => v.type === Type.NULL_TYPE)) return noShard;
      return this.destination(found[next++]);
    });
  }

  /** Whether each row of values has an entry with the keyspace id at the same index. */
  async verify(
    cursor: LookupCursor,
    rows: readonly LookupValues[],
    ids: readonly KeyspaceId[],
  ): Promise<boolean[]> {
    if (this.definition.writeOnly || this.definition.noVerify) return rows.map(() => true);
    const verified: boolean[] = [];
    for (const [i, row] of rows.entries()) {
      const values = this.codec.from(row);
      if (values === undefined) {
        verified.push(false);
        continue;
      }
      const binds = { ...valueBinds('f', values), to: this.codec.to(ids[i]) };
      const { rows: found } = await cursor.execute(this.statements.verify(), binds, this.order('pre'));
      verified.push(found.length > 0);
    }
    return verified;
  }

  /** Adds entries. Throws the duplicate-key error (1062) when another row has one of the values. */
  async create(
    cursor: LookupCursor,
    rows: readonly LookupValues[],
    ids: readonly KeyspaceId[],
  ): Promise<void> {
    const entries = rows.flatMap((row, i) => {
      const values = this.entryValues(row);
      return values === undefined ? [] : [{ values, to: this.codec.to(ids[i]), id: ids[i] }];
    });
    for (let at = 0; at < entries.length; at += INSERT_ROWS) {
      const some = entries.slice(at, at + INSERT_ROWS);
      if (this.definition.consistent) {
        await this.consistent.create(cursor, some, entries.slice(0, at));
        continue;
      }
      const binds = Object.assign(
        {},
        ...some.map((e, r) => ({ ...valueBinds(`r${r}f`, e.values), [`r${r}to`]: e.to })),
      ) as Record<string, BindVariable>;
      try {
        await cursor.execute(
          // Rows of one keyspace id share an entry where the lookup is not unique.
          this.statements.insert(some.length, !this.vindex.isUnique),
          binds,
          this.order('normal'),
        );
      } catch (error) {
        throw asOwnersDuplicate(error, this.owner);
      }
    }
  }

  /** Removes the entries of rows that are gone; those of `autocommit` lookups stay. */
  async remove(cursor: LookupCursor, rows: readonly LookupRow[]): Promise<void> {
    if (this.definition.autocommit) return;
    for (const { values: given, id, place } of rows) {
      const values = this.codec.from(given);
      if (values === undefined || given.some((v) => v.type === Type.NULL_TYPE)) continue;
      if (this.definition.consistent) {
        const entry = { keyspace: this.keyspace, vindex: this.vindex.name, values: [...values], id };
        cursor.removeLater({ ...entry, place: [...place] });
        continue;
      }
      // Other rows of the same keyspace id may have the value.
      const isShared =
        !this.vindex.isUnique &&
        this.owner !== undefined &&
        (await ownerHasRow(cursor, this.owner, { values: given, id, place }, 'normal'));
      if (isShared) continue;
      await cursor.execute(
        this.statements.remove(),
        { ...valueBinds('f', values), to: this.codec.to(id) },
        'normal',
      );
    }
  }

  /**
   * Makes the entry of a row whose values or keyspace id are about to change. True when the old entry is to be removed
   * after the row has changed.
   */
  async change(cursor: LookupCursor, before: LookupRow, after: LookupRow): Promise<boolean> {
    const [old, now] = [this.codec.from(before.values), this.entryValues(after.values)];
    const hadEntry = old !== undefined && old.every((v) => v.type !== Type.NULL_TYPE);
    if (hadEntry && now !== undefined) {
      const isSame = sameBytes(old, now);
      const stays = before.id.equals(after.id);
      if (isSame && stays) return false;
      // One that is not unique has an entry for each place: old readers need the old one until it goes.
      if ((this.vindex.isUnique || stays) && (isSame || (await this.isOneEntry(cursor, old, now)))) {
        if (stays) return false;
        const binds = {
          ...valueBinds('f', old),
          to: this.codec.to(before.id),
          newTo: this.codec.to(after.id),
        };
        await cursor.execute(this.statements.update(), binds, this.order('pre'));
        return false;
      }
    }
    if (now !== undefined) await this.create(cursor, [after.values], [after.id]);
    return hadEntry;
  }

  /** Removes an entry at last, when the transaction that has asked for it has committed. */
  removeUnused(cursor: LookupCursor, entry: LookupEntry): Promise<void> {
    return this.consistent.removeUnused(cursor, entry, this.codec.to(entry.id));
  }

  /** Values that a collation calls equal are one entry. */
  private async isOneEntry(cursor: LookupCursor, old: LookupValues, now: LookupValues): Promise<boolean> {
    if (old.every((v) => isIntegral(v.type))) return false;
    const binds = { ...valueBinds('f', old), ...valueBinds('g', now) };
    const { rows } = await cursor.execute(this.statements.selectBoth(), binds, this.order('pre'));
    return rows.length > 0;
  }

  /** The values of a row's entry; undefined when it has none. */
  private entryValues(row: LookupValues): LookupValues | undefined {
    if (row.some((v) => v.type === Type.NULL_TYPE)) {
      if (this.definition.ignoreNulls) return undefined;
      throw new VtError(
        Code.INVALID_ARGUMENT,
        `NULL has no entry in vindex ${this.vindex.name}: give a value, or set ignore_nulls for the vindex`,
      );
    }
    const values = this.codec.from(row);
    if (values !== undefined) return values;
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `a value of vindex ${this.vindex.name} is no valid text: it has no entry`,
    );
  }

  private async idsOf(cursor: LookupCursor, rows: readonly LookupValues[]): Promise<KeyspaceId[][]> {
    if (rows.length === 0) return [];
    const order = this.order('pre');
    const isBatch =
      rows.length > 1 &&
      this.definition.fromColumns.length === 1 &&
      (this.definition.batchLookup || rows.every(([v]) => isIntegral(v.type)));
    if (isBatch) return this.idsOfAll(cursor, rows, order);
    const ids: KeyspaceId[][] = [];
    for (const row of rows) {
      const sql = this.statements.select(cursor.locksReads);
      ids.push(this.idsIn(await cursor.execute(sql, valueBinds('f', row), order)));
    }
    return ids;
  }

  private async idsOfAll(
    cursor: LookupCursor,
    rows: readonly LookupValues[],
    order: LookupOrder,
  ): Promise<KeyspaceId[][]> {
    const binds = { f: listBindVariable(rows.map(([v]) => v)) };
    const result = await cursor.execute(this.statements.selectIn(cursor.locksReads), binds, order);
    const byValue = new Map<string, KeyspaceId[]>();
    const all = this.idsIn(result);
    for (let i = 0; i < result.rows.length; i++) {
      const text = result.rows.value(i, 0)?.toString('latin1') ?? '';
      byValue.set(text, [...(byValue.get(text) ?? []), all[i]]);
    }
    const texts = rows.map(([v]) => v.value.toString('latin1'));
    const given = new Set(texts);
    // What equals a value by collation only is found under another text: then each value may be any of them.
    const isExact = [...byValue.keys()].every((text) => given.has(text));
    return texts.map((text) => (isExact ? (byValue.get(text) ?? []) : all));
  }

  private idsIn({ rows }: Result): KeyspaceId[] {
    return Array.from({ length: rows.length }, (_, i) =>
      this.codec.id(rows.value(i, this.definition.fromColumns.length)),
    );
  }

  private destination(ids: readonly KeyspaceId[]): Destination {
    if (ids.length === 0) return noShard;
    return ids.length === 1 ? toKeyspaceId(ids[0]) : { kind: 'keyspaceIds', ids };
  }

  /** Consistent lookups have a transaction of their own; `normal` ones the session's. */
  private order(consistent: 'pre' | 'normal'): LookupOrder {
    if (this.definition.autocommit) return 'autocommit';
    return this.definition.consistent && consistent === 'pre' ? 'pre' : 'normal';
  }
}

/** How an entry's columns hold values and keyspace ids. */
class EntryCodec {
  private readonly loose?: ReturnType<typeof unicodeLooseMd5.make>;
  private readonly hash?: ReturnType<typeof hash.make>;

  constructor(private readonly vindex: LookupVindex) {
    const { from, to } = vindex.lookup;
    if (from === 'looseHash') this.loose = unicodeLooseMd5.make();
    if (from === 'looseHash' || to === 'unhashed') this.hash = hash.make();
  }

  /** Undefined when a value is no valid text. */
  from(values: LookupValues): LookupValues | undefined {
    const { loose } = this;
    if (loose === undefined) return values;
    const hashed = values.map((value) => {
      if (value.type === Type.NULL_TYPE) return value;
      const sum = loose.hash(value);
      return sum && uint64BindVariable(BigInt(this.number(sum.subarray(0, 8))));
    });
    return hashed.every((v) => v !== null) ? hashed : undefined;
  }

  to(id: KeyspaceId): BindVariable {
    if (this.vindex.lookup.to === 'keyspaceId') return bindVariableOf(Type.VARBINARY, id);
    return uint64BindVariable(BigInt(this.number(id)));
  }

  id(value: Buffer | null): KeyspaceId {
    const bytes = value ?? Buffer.alloc(0);
    if (this.vindex.lookup.to === 'keyspaceId') return Buffer.from(bytes);
    const number = uint64Of({ type: Type.UINT64, value: bytes });
    const id = number === null ? null : this.hash?.hash({ type: Type.UINT64, value: bytes });
    if (id) return id;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `the table of vindex ${this.vindex.name} holds "${bytes.toString('latin1').slice(0, 40)}" where a number belongs`,
    );
  }

  private number(id: Buffer): string {
    const value = this.hash?.reverse?.(id);
    if (value) return value.value.toString('latin1');
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `vindex ${this.vindex.name} (${this.vindex.type}) takes keyspace ids of 8 bytes, not ${id.length}`,
    );
  }
}

function sameBytes(a: LookupValues, b: LookupValues): boolean {
  return a.every((value, i) => value.value.equals(b[i].value));
}
