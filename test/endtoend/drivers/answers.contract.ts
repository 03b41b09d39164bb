import type { Connection, FieldPacket, ResultSetHeader } from 'mysql2/promise';
import type { ShopCluster } from './shop-cluster.contract';

/** What a server said to one statement, in a form to compare. */
export type Answer =
  | { columns: string[]; rows: unknown[][] }
  | { affectedRows: number; warnings: number }
  | { errno: number; sqlState: string };

export async function answerOf(connection: Connection, sql: string): Promise<Answer> {
  try {
    const [result, fields] = await connection.query({ sql, rowsAsArray: true });
    if (fields === undefined) {
      const { affectedRows, warningStatus } = result as ResultSetHeader;
      return { affectedRows, warnings: warningStatus };
    }
    const columns = fields.map((f) => `${f.name} ${typeOf(f)}`);
    return { columns, rows: result as unknown[][] };
  } catch (error) {
    const { errno, sqlState } = error as { errno: number; sqlState: string };
    return { errno, sqlState };
  }
}

/** Text and blobs of any size are one: a user variable, and a column of the server's own making, may differ in it. */
function typeOf({ columnType }: FieldPacket): string {
  return columnType !== undefined && columnType >= 249 ? 'text' : String(columnType);
}

function plain(answer: Answer, change: (text: string) => string = (text) => text): Answer {
  return JSON.parse(change(JSON.stringify(answer))) as Answer;
}

/** The same session at the gate and at a server without Vitess. */
export class Sessions {
  private constructor(
    readonly gate: Connection,
    readonly direct: Connection,
    private readonly schema: string,
  ) {}

  /** `schema`: the database of the server that stands for the keyspace `shop`. */
  static async open(shop: ShopCluster, schema = 'vt_shop'): Promise<Sessions> {
    return new Sessions(await shop.gate(), await shop.direct({ database: schema }), schema);
  }

  /** The answers of both to a statement in which KS stands for the name of the schema. */
  async ask(sql: string): Promise<{ gate: Answer; direct: Answer }> {
    const gate = plain(await answerOf(this.gate, sql.replaceAll('KS', 'shop')));
    const direct = await answerOf(this.direct, sql.replaceAll('KS', this.schema));
    const logical = (text: string): string =>
      text.replaceAll(this.schema, 'shop').replaceAll('vt_shop', 'shop');
    return { gate, direct: plain(direct, logical) };
  }

  /** Both are given the statement and must say the same. */
  async same(sql: string): Promise<Answer> {
    const { gate, direct } = await this.ask(sql);
    expect({ sql, answer: gate }).toEqual({ sql, answer: direct });
    return gate;
  }

  async close(): Promise<void> {
    await Promise.all([this.gate.end(), this.direct.end()]);
  }
}
