import { Rng } from '../differential/rng';

/** Rows of one table, each an SQL tuple. */
export interface TableRows {
  table: string;
  rows: string[];
}

const regions = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'];
const nations: [name: string, region: number][] = [
  ['ALGERIA', 0], ['ARGENTINA', 1], ['BRAZIL', 1], ['CANADA', 1], ['EGYPT', 4], ['ETHIOPIA', 0], ['FRANCE', 3],
  ['GERMANY', 3], ['INDIA', 2], ['INDONESIA', 2], ['IRAN', 4], ['IRAQ', 4], ['JAPAN', 2], ['JORDAN', 4],
  ['KENYA', 0], ['MOROCCO', 0], ['MOZAMBIQUE', 0], ['PERU', 1], ['CHINA', 2], ['ROMANIA', 3], ['SAUDI ARABIA', 4],
  ['VIETNAM', 2], ['RUSSIA', 3], ['UNITED KINGDOM', 3], ['UNITED STATES', 1],
]; // prettier-ignore
const typeSizes = ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO'];
const typeFinishes = ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED'];
const typeMetals = ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'];
const containerSizes = ['SM', 'LG', 'MED', 'JUMBO', 'WRAP'];
const containerKinds = ['CASE', 'BOX', 'BAG', 'JAR', 'PKG', 'PACK', 'CAN', 'DRUM'];
const colors = ['almond', 'azure', 'chocolate', 'forest', 'green', 'ivory', 'lemon', 'navy', 'olive', 'red'];
const segments = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'MACHINERY', 'HOUSEHOLD'];
const priorities = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'];
const instructions = ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'];
const shipModes = ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'];
const words = [
  'quick',
  'pending',
  'express',
  'ironic',
  'final',
  'special',
  'regular',
  'bold',
  'silent',
  'even',
];
const nouns = ['deposits', 'requests', 'accounts', 'packages', 'theodolites', 'pinto beans', 'instructions'];

const PARTS = 200_000;
const SUPPLIERS = 10_000;
const CUSTOMERS = 150_000;
const SUPPLIERS_OF_PART = 4;
const ORDERS_OF_CUSTOMER = 10;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(1992, 0, 1);
const LAST_ORDER_DAY = 2405;
/** Before it lines are delivered, after it they are open. */
const TODAY = '1995-06-17';

/**
 * Makes rows as the benchmark's own generator does: the same keys, value ranges and relations between columns, from
 * smaller vocabularies so that few rows meet every condition. The same scale and seed give the same rows.
 */
export class TpchRows {
  private readonly rng: Rng;
  private readonly parts: number;
  private readonly suppliers: number;
  private readonly customers: number;

  /** `scale` 1 is a million lines a gigabyte; it may be 0.001. */
  constructor(scale: number, seed = 1) {
    this.rng = new Rng(seed);
    this.parts = Math.ceil(PARTS * scale);
    this.suppliers = Math.max(SUPPLIERS_OF_PART * 10, Math.ceil(SUPPLIERS * scale));
    this.customers = Math.ceil(CUSTOMERS * scale);
  }

  all(): TableRows[] {
    const { orders, lines } = this.ordersAndLines();
    return [
      { table: 'region', rows: regions.map((name, i) => tuple(i, name, this.comment())) },
      { table: 'nation', rows: nations.map(([name, region], i) => tuple(i, name, region, this.comment())) },
      { table: 'part', rows: times(this.parts, (key) => this.part(key)) },
      { table: 'supplier', rows: times(this.suppliers, (key) => this.supplier(key)) },
      { table: 'partsupp', rows: times(this.parts, (key) => key).flatMap((key) => this.suppliersOf(key)) },
      { table: 'customer', rows: times(this.customers, (key) => this.customer(key)) },
      { table: 'orders', rows: orders },
      { table: 'lineitem', rows: lines },
    ];
  }

  private part(key: number): string {
    const { rng } = this;
    const maker = rng.int(1, 5);
    const type = `${rng.pick(typeSizes)} ${rng.pick(typeFinishes)} ${rng.pick(typeMetals)}`;
    const container = `${rng.pick(containerSizes)} ${rng.pick(containerKinds)}`;
    const brand = `Brand#${maker}${rng.int(1, 5)}`;
    const name = rng.some(colors, 3, 5).join(' ');
    return tuple(key, name, `Manufacturer#${maker}`, brand, type, rng.int(1, 50), container,
      money(retailCents(key)), rng.pick(words)); // prettier-ignore
  }

  private supplier(key: number): string {
    const { rng } = this;
    const nation = rng.int(0, nations.length - 1);
    const complains = rng.chance(0.05);
    const comment = complains ? 'slyly Customer bold Complaints sleep' : this.comment();
    return tuple(key, `Supplier#${padded(key)}`, this.address(), nation, this.phone(nation), this.balance(),
      comment); // prettier-ignore
  }

  private suppliersOf(part: number): string[] {
    return times(
      SUPPLIERS_OF_PART,
      (i) =>
      tuple(part, this.supplierOf(part, i - 1), this.rng.int(1, 9999), money(this.rng.int(100, 100_000)),
        this.comment()), // prettier-ignore
    );
  }

  /** The `i`-th supplier of a part: the four differ. */
  private supplierOf(part: number, i: number): number {
    const s = this.suppliers;
    return ((part + i * (Math.floor(s / SUPPLIERS_OF_PART) + Math.floor((part - 1) / s))) % s) + 1;
  }

  private customer(key: number): string {
    const nation = this.rng.int(0, nations.length - 1);
    return tuple(key, `Customer#${padded(key)}`, this.address(), nation, this.phone(nation), this.balance(),
      this.rng.pick(segments), this.comment()); // prettier-ignore
  }

  private ordersAndLines(): { orders: string[]; lines: string[] } {
    const orders: string[] = [];
    const lines: string[] = [];
    for (let i = 0; i < this.customers * ORDERS_OF_CUSTOMER; i++) {
      // Eight keys of each 32 are used, and a third of the customers never order.
      const key = Math.floor(i / 8) * 32 + (i % 8) + 1;
      this.order(key, this.orderingCustomer(), orders, lines);
    }
    return { orders, lines };
  }

  private orderingCustomer(): number {
    const key = this.rng.int(1, this.customers);
    return key % 3 === 0 ? Math.max(1, key - 1) : key;
  }

  private order(key: number, customer: number, orders: string[], lines: string[]): void {
    const { rng } = this;
    const day = rng.int(0, LAST_ORDER_DAY);
    const statuses = new Set<string>();
    let totalCents = 0;
    const count = rng.int(1, 7);
    for (let number = 1; number <= count; number++) {
      const line = this.line(key, number, day);
      totalCents += line.cents;
      statuses.add(line.status);
      lines.push(line.sql);
    }
    const status = statuses.size > 1 ? 'P' : [...statuses][0];
    const clerk = `Clerk#${padded(rng.int(1, 1000))}`;
    orders.push(
      tuple(key, customer, status, money(totalCents), date(day), rng.pick(priorities), clerk, 0,
        rng.chance(0.1) ? 'the special bold requests' : this.comment()), // prettier-ignore
    );
  }

  private line(order: number, number: number, day: number): { sql: string; cents: number; status: string } {
    const { rng } = this;
    const part = rng.int(1, this.parts);
    const supplier = this.supplierOf(part, rng.int(0, SUPPLIERS_OF_PART - 1));
    const quantity = rng.int(1, 50);
    const priceCents = quantity * retailCents(part);
    const [discount, tax] = [rng.int(0, 10), rng.int(0, 8)];
    const shipDay = day + rng.int(1, 121);
    const receiptDay = shipDay + rng.int(1, 30);
    const status = date(shipDay) > TODAY ? 'O' : 'F';
    const flag = date(receiptDay) > TODAY ? 'N' : rng.pick(['R', 'A']);
    const sql = tuple(order, part, supplier, number, money(quantity * 100), money(priceCents), money(discount),
      money(tax), flag, status, date(shipDay), date(day + rng.int(30, 90)), date(receiptDay),
      rng.pick(instructions), rng.pick(shipModes), this.comment()); // prettier-ignore
    return { sql, cents: Math.round((priceCents * (100 - discount) * (100 + tax)) / 10_000), status };
  }

  private address(): string {
    return `${this.rng.int(1, 999)} ${this.rng.pick(words)} street`;
  }

  private phone(nation: number): string {
    const { rng } = this;
    return `${nation + 10}-${rng.int(100, 999)}-${rng.int(100, 999)}-${rng.int(1000, 9999)}`;
  }

  private balance(): Raw {
    return money(this.rng.int(-99_999, 999_999));
  }

  private comment(): string {
    return `${this.rng.pick(words)} ${this.rng.pick(nouns)}`;
  }
}

/** INSERT statements for rows, a few hundred each. */
export function insertsOf({ table, rows }: TableRows): string[] {
  const each = 500;
  return Array.from({ length: Math.ceil(rows.length / each) }, (_, i) => {
    return `insert into ${table} values ${rows.slice(i * each, (i + 1) * each).join(', ')}`;
  });
}

/** Text that is SQL already. */
interface Raw {
  sql: string;
}

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i + 1));

const padded = (key: number): string => String(key).padStart(9, '0');

const money = (cents: number): Raw => {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return { sql: `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}` };
};

const retailCents = (part: number): number => 90_000 + (Math.floor(part / 10) % 20_001) + 100 * (part % 1000);

const date = (day: number): string => new Date(FIRST_DAY + day * DAY_MS).toISOString().slice(0, 10);

function tuple(...values: readonly (string | number | Raw)[]): string {
  const texts = values.map((value) => {
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' ? `'${value}'` : value.sql;
  });
  return `(${texts.join(', ')})`;
}
