import { Rng } from '../rng';

export interface DmlStatement {
  kind: string;
  sql: string;
  /** Where MariaDB has not the statement: what does the same there. */
  single?: string;
}

const emails = Array.from({ length: 24 }, (_, i) => `u${i}@x`);
const names = ['ann', 'bob', 'Čeněk', 'dora', "o'neil", ''];
const skus = ['s1', 's2', 's3', 'S4', 's5'];

/** Random statements that change rows, each with one right outcome whatever order rows are visited in. */
export class DmlGenerator {
  private readonly kinds: readonly (readonly [string, () => string | Omit<DmlStatement, 'kind'>])[];

  constructor(private readonly rng: Rng) {
    this.kinds = [
      ['insert', () => this.insertAcct('insert into', '')],
      ['insert', () => this.insertAcct('insert into', '')],
      ['insert item', () => this.insertItem()],
      ['insert item', () => this.insertItem()],
      ['insert notes', () => this.insertNotes()],
      ['insert ticket', () => this.insertTicket()],
      [
        'insert set',
        () => `insert into acct set id = ${this.id()}, email = ${this.email()}, code = ${this.code()}`,
      ],
      ['insert ignore', () => this.insertAcct('insert ignore into', '')],
      ['replace', () => this.insertAcct('replace into', '')],
      ['replace item', () => `replace into item(id, owner, sku, qty) values ${this.itemRow()}`],
      ['on duplicate', () => this.insertAcct('insert into', this.onDuplicate())],
      ['insert select', () => this.insertSelect()],
      ['insert subquery', () => this.insertSubquery()],
      ['reference', () => this.reference()],
      ['update', () => `update acct set ${this.plainSet()} where ${this.acctCondition()}`],
      ['update', () => `update acct set ${this.plainSet()} where ${this.acctCondition()}`],
      ['update email', () => `update acct set email = ${this.email()} where id = ${this.id()}`],
      ['update email', () => `update acct set email = concat('m', id, email) where ${this.acctCondition()}`],
      [
        'update code',
        () =>
          `update acct set code = ${this.rng.pick(['code + 1', '0', 'amount % 5'])} where ${this.acctCondition()}`,
      ],
      [
        'move',
        () =>
          `update acct set id = ${this.id()}${this.rng.chance(0.4) ? ', amount = amount + 1' : ''} where id = ${this.id()}`,
      ],
      [
        'move',
        () =>
          `update item set owner = ${this.rng.pick(['owner + 1', String(this.id())])} where ${this.itemCondition()}`,
      ],
      [
        'update limit',
        () =>
          `update acct set ${this.plainSet()} order by id${this.rng.chance(0.5) ? ' desc' : ''} limit ${this.rng.int(0, 4)}`,
      ],
      ['update item', () => `update item set ${this.itemSet()} where ${this.itemCondition()}`],
      ['update join', () => this.updateJoin()],
      ['update subquery', () => this.updateSubquery()],
      [
        'update cte',
        () =>
          this.withCommon(`select id from acct where code = ${this.code()}`, 'update item set qty = qty + 1'),
      ],
      ['update notes', () => `update notes set n = n + 1 where ${this.notesCondition()}`],
      ['update ticket', () => `update ticket set v = v + 1 where owner = ${this.id()}`],
      ['delete', () => `delete from acct where ${this.acctCondition()}`],
      ['delete item', () => `delete from item where ${this.itemCondition()}`],
      [
        'delete limit',
        () => `delete from ${this.rng.pick(['acct', 'item'])} order by id limit ${this.rng.int(0, 3)}`,
      ],
      ['delete notes', () => `delete from notes where ${this.notesCondition()}`],
      [
        'delete join',
        () => `delete i from item i join acct a on i.owner = a.id where a.code = ${this.code()}`,
      ],
      [
        'delete join',
        () =>
          `delete a, i from acct a join item i on i.owner = a.id where i.sku = '${this.rng.pick(skus)}' and a.id < ${this.rng.int(0, 10)}`,
      ],
      [
        'delete subquery',
        () =>
          `delete from acct where id in (select owner from item where qty = ${this.rng.int(1, 4)}) and code < 2`,
      ],
      [
        'delete cte',
        () =>
          this.withCommon(`select id from acct where amount > ${this.rng.int(60, 99)}`, 'delete from item'),
      ],
    ];
  }

  statement(): DmlStatement {
    const [kind, make] = this.rng.pick(this.kinds);
    const made = make();
    return typeof made === 'string' ? { kind, sql: made } : { kind, ...made };
  }

  /** The statements of one transaction, its end among them. */
  transaction(): DmlStatement[] {
    const statements: DmlStatement[] = [{ kind: 'begin', sql: 'begin' }];
    let savepoints = 0;
    for (let left = this.rng.int(1, 6); left > 0; left--) {
      if (this.rng.chance(0.15)) statements.push({ kind: 'savepoint', sql: `savepoint s${savepoints++}` });
      else if (savepoints > 0 && this.rng.chance(0.15)) {
        savepoints = this.rng.int(1, savepoints);
        statements.push({ kind: 'rollback to', sql: `rollback to s${savepoints - 1}` });
      } else statements.push(this.statement());
    }
    const end = this.rng.chance(0.75) ? 'commit' : 'rollback';
    return [...statements, { kind: end, sql: end }];
  }

  private insertAcct(verb: string, suffix: string): string {
    const rows = Array.from({ length: this.rng.pick([1, 1, 1, 2, 3]) }, () => {
      const amount = this.rng.pick([String(this.rng.int(0, 99)), 'default', '10 + 5']);
      const code = this.rng.chance(0.15) ? 'default' : this.code();
      return `(${this.id()}, ${this.email()}, ${code}, '${this.rng.pick(names).replaceAll("'", "''")}', ${amount})`;
    });
    if (this.rng.chance(0.15)) return `${verb} acct(id, name) values (${this.id()}, 'short')${suffix}`;
    return `${verb} acct(id, email, code, name, amount) values ${rows.join(', ')}${suffix}`;
  }

  private onDuplicate(): string {
    const set = this.rng.pick([
      'amount = amount + values(amount)',
      'amount = values(amount), note = concat(name, values(name))',
      'code = values(code)',
      'code = code + 1, amount = 0',
      'email = values(email)',
      'name = name',
    ]);
    return ` on duplicate key update ${set}`;
  }

  private insertItem(): string {
    const rows = Array.from({ length: this.rng.int(1, 3) }, () => this.itemRow());
    return `insert into item(id, owner, sku, qty) values ${rows.join(', ')}`;
  }

  private itemRow(): string {
    const sku = this.rng.chance(0.2) ? 'null' : `'${this.rng.pick(skus)}'`;
    return `(${this.rng.int(1, 60)}, ${this.id()}, ${sku}, ${this.rng.int(1, 5)})`;
  }

  private insertNotes(): string {
    const rows = Array.from(
      { length: this.rng.int(1, 3) },
      () =>
        `(${this.rng.int(1, 6)}, ${this.rng.pick(["'a'", "'b'", 'null'])}, ${this.rng.pick(['1', '2', 'null'])})`,
    );
    return `insert into notes values ${rows.join(', ')}`;
  }

  private insertTicket(): string {
    const rows = Array.from({ length: this.rng.int(1, 3) }, () => `(${this.id()}, ${this.rng.int(0, 9)})`);
    return `insert into ticket(owner, v) values ${rows.join(', ')}`;
  }

  private insertSelect(): string {
    return this.rng.pick([
      `insert into acct(id, email, code, amount) select id + 100, concat('i', id, '@x'), qty, owner from item where id < ${this.rng.int(1, 12)}`,
      `insert into item(id, owner, sku, qty) select id + 200, id, name, code from acct where ${this.acctCondition()}`,
      `insert into notes select owner, sku, qty from item where ${this.itemCondition()}`,
    ]);
  }

  private insertSubquery(): string {
    return `insert into acct(id, email, amount) values (${this.id()}, ${this.email()}, (select count(*) from item where sku = '${this.rng.pick(skus)}'))`;
  }

  private reference(): string {
    const k = this.rng.int(1, 8);
    return this.rng.pick([
      `insert into rates values (${k}, ${this.rng.int(0, 9)})`,
      `insert into rates values (${k}, 1) on duplicate key update v = v + 1`,
      `update rates set v = v + 1 where k < ${k}`,
      `delete from rates where k = ${k}`,
    ]);
  }

  private updateJoin(): string {
    return this.rng.pick([
      `update item i join acct a on i.owner = a.id set i.qty = i.qty + a.code where a.email = ${this.email()}`,
      `update acct a join rates r on a.code = r.k set a.amount = r.v where a.id < ${this.id()}`,
      `update item i join acct a on i.qty = a.code set i.sku = 's3' where a.id = ${this.id()}`,
      `update acct a join item i on a.id = i.owner set a.note = 'joined', i.qty = 3 where i.id = ${this.rng.int(1, 60)}`,
    ]);
  }

  private updateSubquery(): string {
    return this.rng.pick([
      `update acct set amount = (select count(*) from item where qty > 2) where ${this.acctCondition()}`,
      `update acct set note = 'has' where exists (select 1 from item where item.owner = acct.id and qty = 2)`,
      `update item set qty = 1 where owner in (select id from acct where code = ${this.code()})`,
    ]);
  }

  private withCommon(query: string, change: string): Omit<DmlStatement, 'kind'> {
    const sql = `with few as (${query}) ${change} where owner in (select id from few)`;
    return { sql, single: `${change} where owner in (${query})` };
  }

  private plainSet(): string {
    return this.rng.pick([
      'amount = amount + 1',
      `amount = ${this.rng.int(0, 99)}, note = 'set'`,
      `name = '${this.rng.pick(['eve', 'fay'])}'`,
      'note = null',
      'amount = amount * 2, note = amount',
    ]);
  }

  private itemSet(): string {
    return this.rng.pick([
      'qty = qty + 1',
      `sku = '${this.rng.pick(skus)}'`,
      'sku = null',
      `qty = 2, sku = '${this.rng.pick(skus)}'`,
    ]);
  }

  private acctCondition(): string {
    return this.rng.pick([
      `id = ${this.id()}`,
      `id in (${this.id()}, ${this.id()}, ${this.id()})`,
      `email = ${this.email()}`,
      `email in ('${this.rng.pick(emails)}', '${this.rng.pick(emails)}')`,
      `code = ${this.code()}`,
      `id between ${this.id()} and ${this.id()}`,
      `name = '${this.rng.pick(['ann', 'bob'])}' and code > ${this.code()}`,
      `amount > ${this.rng.int(50, 150)}`,
      `id = ${this.id()} or code = ${this.code()}`,
    ]);
  }

  private itemCondition(): string {
    return this.rng.pick([
      `id = ${this.rng.int(1, 60)}`,
      `owner = ${this.id()}`,
      `sku = '${this.rng.pick(skus)}'`,
      `id in (${this.rng.int(1, 60)}, ${this.rng.int(1, 60)})`,
      `qty > ${this.rng.int(2, 6)}`,
      'sku is null',
    ]);
  }

  private notesCondition(): string {
    return this.rng.pick([
      `owner = ${this.rng.int(1, 6)}`,
      "txt = 'a'",
      'n is null',
      `n > ${this.rng.int(1, 4)}`,
    ]);
  }

  private id(): number {
    return this.rng.int(1, 40);
  }

  private code(): string {
    return String(this.rng.int(0, 6));
  }

  private email(): string {
    if (this.rng.chance(0.15)) return 'null';
    const email = this.rng.pick(emails);
    return `'${this.rng.chance(0.1) ? email.toUpperCase() : email}'`;
  }
}
