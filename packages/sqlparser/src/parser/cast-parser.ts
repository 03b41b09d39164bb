import type { CastType, Expr, JsonOnResponse, JsonValue, WeightString } from '../ast';
import { AT_TIME_ZONE } from './function-names';
import { WindowParser } from './window-parser';

const plainTypes = new Set([
  'date',
  'double',
  'json',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
  'geometry',
  'year',
  'uuid',
  'inet4',
  'inet6',
  'real',
  'float',
]);
const sizedTypes = new Set([
  'binary',
  'char',
  'nchar',
  'varchar',
  'varbinary',
  'datetime',
  'time',
  'timestamp',
  'decimal',
  'float',
  'interval day_second',
  'vector',
]);

/** CAST, CONVERT, EXTRACT, TRIM and others whose arguments have a syntax of their own. */
export abstract class CastParser extends WindowParser {
  protected castType(): CastType {
    const name = this.castTypeName();
    const type: CastType = { name, array: false };
    if (sizedTypes.has(name) && this.eat('(')) {
      type.length = Number(this.integer());
      if (name === 'decimal' && this.eat(',')) type.scale = Number(this.integer());
      this.need(')');
    }
    if (name === 'char') this.castCharset(type);
    if (this.eat('ARRAY')) type.array = true;
    return type;
  }

  private castTypeName(): string {
    const word = this.upper().toLowerCase();
    if (word === '') this.fail();
    this.skip();
    switch (word) {
      case 'signed':
      case 'unsigned':
        if (!this.eat('INTEGER')) this.eat('INT');
        return word;
      case 'integer':
      case 'int':
        return 'signed';
      case 'dec':
      case 'numeric':
        return 'decimal';
      case 'character':
        return 'char';
      case 'national':
        if (!this.eat('CHAR')) this.need('CHARACTER');
        return 'nchar';
      case 'double':
        this.eat('PRECISION');
        return word;
      case 'interval':
        this.need('DAY_SECOND');
        return 'interval day_second';
      default:
        if (!plainTypes.has(word) && !sizedTypes.has(word)) {
          this.index--;
          this.fail();
        }
        return word;
    }
  }

  private castCharset(type: CastType): void {
    if (this.eat('CHARSET') || this.eat2('CHARACTER', 'SET')) type.charset = this.charsetName();
    else if (this.eat('BINARY')) type.charset = 'binary';
    else if (this.upper() === 'ASCII' || this.upper() === 'UNICODE') {
      type.charset = this.upper() === 'ASCII' ? 'latin1' : 'ucs2';
      this.skip();
    }
    if (this.eat('COLLATE')) type.collation = this.charsetName();
  }

  protected cast(start: number): Expr {
    const operand = this.atTimeZone(this.expr());
    this.need('AS');
    const type = this.castType();
    return { kind: 'cast', operand, type, start };
  }

  /** `CAST(x AT TIME ZONE '+00:00' AS DATETIME)` */
  private atTimeZone(operand: Expr): Expr {
    if (!this.eatWord('AT')) return operand;
    this.need('TIME');
    if (!this.eatWord('ZONE')) this.fail();
    this.eat('INTERVAL');
    const args = [operand, this.literal()];
    return { kind: 'function', name: AT_TIME_ZONE, args, start: operand.start, end: this.lastEnd };
  }

  protected convert(start: number): Expr {
    const operand = this.expr();
    if (this.eat('USING')) return { kind: 'convertUsing', operand, charset: this.charsetName(), start };
    this.need(',');
    return { kind: 'cast', operand, type: this.castType(), start };
  }

  protected trim(start: number): Expr {
    const word = this.eatAny(['BOTH', 'LEADING', 'TRAILING']);
    const direction = word === '' ? undefined : (word.toLowerCase() as 'both' | 'leading' | 'trailing');
    if (direction && this.eat('FROM')) return { kind: 'trim', direction, operand: this.expr(), start };
    const first = this.expr();
    if (this.eat('FROM')) {
      const trim = { kind: 'trim', remove: first, operand: this.expr(), start } as const;
      return direction ? { ...trim, direction } : trim;
    }
    return direction ? this.fail() : { kind: 'trim', operand: first, start };
  }

  protected weightString(start: number): Expr {
    const operand = this.expr();
    const node: WeightString = { kind: 'weightString', operand, start };
    if (this.eat('AS')) node.as = this.castType();
    if (this.eat('LEVEL')) {
      const from = this.start;
      do {
        this.integer();
        if (this.eat('-')) this.integer();
        this.eatAny(['ASC', 'DESC']);
        this.eatWord('REVERSE');
      } while (this.eat(','));
      node.levels = this.sql.slice(from, this.lastEnd);
    }
    return node;
  }

  protected charFunction(start: number): Expr {
    const args = this.exprs();
    return this.eat('USING')
      ? { kind: 'char', args, charset: this.charsetName(), start }
      : { kind: 'char', args, start };
  }

  protected jsonValue(start: number): Expr {
    const document = this.expr();
    this.need(',');
    const node: JsonValue = { kind: 'jsonValue', document, path: this.expr(), start };
    if (this.eat('RETURNING')) node.returning = this.castType();
    return Object.assign(node, this.jsonResponses());
  }

  /** `.. ON EMPTY .. ON ERROR`, in either order. */
  protected jsonResponses(): { onEmpty?: JsonOnResponse; onError?: JsonOnResponse } {
    const responses: { onEmpty?: JsonOnResponse; onError?: JsonOnResponse } = {};
    for (;;) {
      let response: JsonOnResponse;
      if (this.eat('DEFAULT')) response = { type: 'default', value: this.expr() };
      else if (this.eat('NULL')) response = { type: 'null' };
      else if (this.eat('ERROR')) response = { type: 'error' };
      else return responses;
      this.need('ON');
      if (this.eat('EMPTY')) responses.onEmpty = response;
      else {
        this.need('ERROR');
        responses.onError = response;
      }
    }
  }
}
