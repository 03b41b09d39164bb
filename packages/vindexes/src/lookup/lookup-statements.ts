import { quoteName } from '@vitess-ts/sqlparser';
import { bindVariableOf, type BindVariables, type TypedValue } from '@vitess-ts/sqltypes';
import type { QualifiedTable } from '../vschema/model';
import type { LookupDefinition } from './model';

const locks = { exclusive: ' for update', shared: ' lock in share mode', none: '' } as const;

/** The texts of the statements on one lookup table. Values stand in them as `:f0`, `:f1`, .. and `:to`. */
export class LookupStatements {
  private readonly table: string;
  private readonly from: readonly string[];
  private readonly to: string;

  constructor(
    private readonly definition: LookupDefinition,
    table: QualifiedTable,
  ) {
    this.table = `${quoteName(table.keyspace)}.${quoteName(table.name)}`;
    this.from = definition.fromColumns.map((column) => quoteName(column));
    this.to = quoteName(definition.toColumn);
  }

  /** Columns: the `from` ones, then `to`. */
  select(lock: boolean): string {
    return `select ${this.columns()} from ${this.table} where ${this.equal('f')}${this.lock(lock)}`;
  }

  /** As `select`, for a list `::f` of values of the one `from` column. */
  selectIn(lock: boolean): string {
    return `select ${this.columns()} from ${this.table} where ${this.from[0]} in ::f${this.lock(lock)}`;
  }

  /** The entry that both `:f0`.. and `:g0`.. name. */
  selectBoth(): string {
    return `select ${this.to} from ${this.table} where ${this.equal('f')} and ${this.equal('g')} for update`;
  }

  verify(): string {
    return `select 1 from ${this.table} where ${this.equal('f')} and ${this.to} = :to`;
  }

  /** Row i has the values `:r<i>f0`, .. and `:r<i>to`. */
  insert(rows: number, upsert: boolean): string {
    const directive = this.definition.multiShardAutocommit ? '/*vt+ MULTI_SHARD_AUTOCOMMIT=1 */ ' : '';
    const values = Array.from(
      { length: rows },
      (_, r) => `(${this.from.map((_c, i) => `:r${r}f${i}`).join(', ')}, :r${r}to)`,
    );
    return (
      `insert ${directive}into ${this.table}(${this.columns()}) values ${values.join(', ')}` +
      (upsert ? ` on duplicate key update ${this.to} = values(${this.to})` : '')
    );
  }

  /** Gives the entry of `:f0`.. and `:to` the keyspace id `:newTo`. */
  update(): string {
    return `update ${this.table} set ${this.to} = :newTo where ${this.equal('f')} and ${this.to} = :to`;
  }

  remove(): string {
    return `delete from ${this.table} where ${this.equal('f')} and ${this.to} = :to`;
  }

  private columns(): string {
    return [...this.from, this.to].join(', ');
  }

  private equal(prefix: string): string {
    return this.from.map((column, i) => `${column} = :${prefix}${i}`).join(' and ');
  }

  private lock(lock: boolean): string {
    return lock ? locks[this.definition.readLock] : '';
  }
}

export function valueBinds(prefix: string, values: readonly TypedValue[]): BindVariables {
  return Object.fromEntries(values.map((v, i) => [`${prefix}${i}`, bindVariableOf(v.type, v.value)]));
}
