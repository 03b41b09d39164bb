import { Type } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { Token, isIdentifierChar } from '../lexer/token';
import { ByteWriter, encodeValue, type TemplateValue } from './encode-value';

/** Structurally `query.BindVariable`. A list has type TUPLE and its elements in `values`. */
export interface TemplateBindVariable extends TemplateValue {
  values: readonly TemplateValue[];
}

export interface RenderOptions {
  /** The session that gets the query is under NO_BACKSLASH_ESCAPES. */
  noBackslashEscapes?: boolean;
}

interface Slot {
  name: string;
  list: boolean;
  /** The text before would run into the value: a blank is needed. */
  blankBefore: boolean;
  /** A minus is before: `--` could start a comment. */
  minusBefore: boolean;
  blankAfter: boolean;
}

/** Room for what a value takes beside its bytes. */
const VALUE_OVERHEAD = 24;

/** A query cut at its bind variables, to be filled in many times. */
export class QueryTemplate {
  private readonly size: number;

  constructor(
    private readonly texts: readonly Buffer[],
    private readonly slots: readonly Slot[],
  ) {
    this.size = texts.reduce((sum, text) => sum + text.length, 0);
  }

  /** Names of the bind variables in the order of the text; one that occurs twice is there twice. */
  get names(): string[] {
    return this.slots.map((slot) => slot.name);
  }

  /**
   * The bytes of the query with the bind variables' values as literals. The connection's character set must be one in
   * which bytes below 128 are ASCII, as utf8mb4.
   * @throws VtError INVALID_ARGUMENT for a missing variable, an empty list, a list where a value belongs or the other
   * way round, or a value that is not of its type.
   */
  render(
    bindVars: Readonly<Record<string, TemplateBindVariable | undefined>>,
    options: RenderOptions = {},
  ): Buffer {
    const { texts, slots } = this;
    const noBackslashEscapes = options.noBackslashEscapes ?? false;
    const out = new ByteWriter(this.size + slots.length * 2 * VALUE_OVERHEAD);
    out.raw(texts[0]);
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i];
      const variable = lookUp(bindVars, slot.name);
      if (slot.blankBefore || (slot.minusBefore && variable.value[0] === MINUS)) out.byte(BLANK);
      this.fill(out, slot, variable, noBackslashEscapes);
      if (slot.blankAfter) out.byte(BLANK);
      out.raw(texts[i + 1]);
    }
    return out.result();
  }

  private fill(
    out: ByteWriter,
    slot: Slot,
    variable: TemplateBindVariable,
    noBackslashEscapes: boolean,
  ): void {
    if (slot.list !== (variable.type === Type.TUPLE)) {
      const problem = slot.list ? 'is no list, but is used as one' : 'is a list, but is used as a value';
      throw new VtError(Code.INVALID_ARGUMENT, `bind variable ${slot.name} ${problem}`);
    }
    if (!slot.list) return encodeValue(out, variable, noBackslashEscapes);
    if (variable.values.length === 0) {
      throw new VtError(Code.INVALID_ARGUMENT, `bind variable ${slot.name} is an empty list`);
    }
    let separator = '(';
    for (const value of variable.values) {
      out.ascii(separator);
      encodeValue(out, value, noBackslashEscapes);
      separator = ', ';
    }
    out.ascii(')');
  }
}

const BLANK = 32;
const MINUS = 45;

function lookUp(
  bindVars: Readonly<Record<string, TemplateBindVariable | undefined>>,
  name: string,
): TemplateBindVariable {
  const variable = Object.hasOwn(bindVars, name) ? bindVars[name] : undefined;
  if (!variable) throw new VtError(Code.INVALID_ARGUMENT, `missing bind variable ${name}`);
  return variable;
}

/**
 * Cuts a query at `:name` and `::name`, outside of strings and comments.
 * @throws SqlError 1064 for an unclosed quote or comment.
 */
export function compileTemplate(sql: string, options: LexOptions = {}): QueryTemplate {
  const scanner = new Scanner(sql, options);
  const texts: Buffer[] = [];
  const slots: Slot[] = [];
  const encoding = options.encoding ?? 'utf8';
  let from = 0;
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    if (scanner.type !== Token.ARG && scanner.type !== Token.LIST_ARG) continue;
    const { start, end } = scanner;
    const list = scanner.type === Token.LIST_ARG;
    texts.push(Buffer.from(sql.slice(from, start), encoding));
    slots.push({
      name: sql.slice(start + (list ? 2 : 1), end),
      list,
      blankBefore: start > 0 && runsInto(sql.charCodeAt(start - 1)),
      minusBefore: start > 0 && sql.charCodeAt(start - 1) === MINUS,
      blankAfter: end < sql.length && runsInto(sql.charCodeAt(end)),
    });
    from = end;
  }
  texts.push(Buffer.from(sql.slice(from), encoding));
  return new QueryTemplate(texts, slots);
}

/** Characters that would change what a literal next to them means: letters, quotes, a dot, an at sign. */
function runsInto(c: number): boolean {
  return isIdentifierChar(c) || c === 39 || c === 34 || c === 96 || c === 46 || c === 64 || c === 58;
}
