import type { FrameBound, Limit, OrderItem, WindowFrame, WindowSpec } from '../ast';
import { Token } from '../lexer/token';
import { BaseParser } from './base-parser';

const ROWS = ['ROW', 'ROWS'];
/** As many rows as there can be. */
const MAX_ROWS = '18446744073709551615';

const frameUnits = ['ROWS', 'RANGE', 'GROUPS'];

/** ORDER BY, LIMIT, and window specifications. */
export abstract class WindowParser extends BaseParser {
  /** An operand of bit operators: what may stand before AND in BETWEEN. */
  protected abstract bitExpr(): FrameBound['value'];

  protected orderItem(): OrderItem {
    const { start } = this;
    const expr = this.expr();
    const desc = this.eatAny(['ASC', 'DESC']) === 'DESC';
    return { expr, desc, start, end: this.lastEnd };
  }

  /** Empty when there is no ORDER BY here. */
  protected orderBy(): OrderItem[] {
    if (!this.eat('ORDER')) return [];
    this.need('BY');
    return this.list(() => this.orderItem());
  }

  protected limit(): Limit {
    this.need('LIMIT');
    const limit = this.atRowsExamined() ? allRows() : this.limitCount();
    if (!this.atRowsExamined()) return limit;
    this.index += 2;
    return { ...limit, rowsExamined: this.limitValue() };
  }

  private atRowsExamined(): boolean {
    return this.at('ROWS') && this.upper(1) === 'EXAMINED';
  }

  private limitCount(): Limit {
    const first = this.limitValue();
    if (this.eat(',')) return { offset: first, count: this.limitValue() };
    if (this.eat('OFFSET')) return { offset: this.limitValue(), count: first };
    return { count: first };
  }

  private limitValue(): Limit['count'] {
    if (this.at('-') || this.at('+')) this.fail();
    return this.expr();
  }

  /** `[OFFSET n ROWS] FETCH FIRST n ROWS ONLY` is LIMIT n, n. */
  protected fetch(): Limit {
    let offset: Limit['offset'];
    if (this.eat('OFFSET')) {
      offset = this.bound();
      this.needAny(ROWS);
      if (!this.at('FETCH')) return { offset, ...allRows() };
    }
    this.need('FETCH');
    this.needAny(['FIRST', 'NEXT']);
    const one = this.at('ROW') || this.at('ROWS');
    const count: Limit['count'] = one ? { kind: 'literal', type: 'int', value: '1' } : this.bound();
    this.needAny(ROWS);
    const withTies = this.eat2('WITH', 'TIES');
    if (!withTies) this.need('ONLY');
    return { ...(offset && { offset }), count, ...(withTies && { withTies }) };
  }

  private bound(): Limit['count'] {
    const ok = [Token.INT, Token.ARG, Token.PARAM, Token.WORD].some((type) => type === this.type);
    return ok ? this.bitExpr()! : this.fail();
  }

  /** The name of a window, or its specification in parentheses. */
  protected over(): string | WindowSpec {
    return this.at('(') ? this.windowSpec() : this.name();
  }

  protected windowSpec(): WindowSpec {
    this.need('(');
    const spec: WindowSpec = { partitionBy: [], orderBy: [] };
    if (this.isName() && !frameUnits.includes(this.word)) spec.base = this.name();
    if (this.eat('PARTITION')) {
      this.need('BY');
      spec.partitionBy = this.exprs();
    }
    spec.orderBy = this.orderBy();
    const frame = this.frame();
    if (frame) spec.frame = frame;
    this.need(')');
    return spec;
  }

  private frame(): WindowFrame | undefined {
    const unit = this.eatAny(frameUnits);
    if (unit === '') return undefined;
    const frame = { unit: unit.toLowerCase() as WindowFrame['unit'] };
    const between = this.eat('BETWEEN');
    const start = this.frameBound();
    if (between) this.need('AND');
    const end = between ? { end: this.frameBound() } : {};
    const exclude = this.exclusion();
    return { ...frame, start, ...end, ...(exclude && { exclude }) };
  }

  private exclusion(): WindowFrame['exclude'] {
    if (!this.eatWord('EXCLUDE')) return undefined;
    if (this.eat2('CURRENT', 'ROW')) return 'current row';
    if (this.eat('GROUP')) return 'group';
    if (this.eat('TIES')) return 'ties';
    this.need('NO');
    if (!this.eatWord('OTHERS')) this.fail();
    return 'no others';
  }

  private frameBound(): FrameBound {
    if (this.eat2('CURRENT', 'ROW')) return { type: 'current row' };
    const directions = ['PRECEDING', 'FOLLOWING'];
    if (this.eat('UNBOUNDED')) {
      return {
        type: this.needAny(directions) === 'PRECEDING' ? 'unbounded preceding' : 'unbounded following',
      };
    }
    const value = this.bitExpr();
    return { type: this.needAny(directions) === 'PRECEDING' ? 'preceding' : 'following', value };
  }
}

function allRows(): Limit {
  return { count: { kind: 'literal', type: 'int', value: MAX_ROWS } };
}
