import { listBindVariable, type BindVariables, type TypedValue } from '@vitess-ts/sqltypes';
import { executableStart } from '../lexer/executable-comment';
import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { Token, isIdentifierChar } from '../lexer/token';
import { bindValueOf } from './bind-values';
import { normalizedVerbs } from './keyword-actions';
import { LiteralFinder } from './literal-finder';
import { Mark } from './literal-marks';

export interface NormalizeOptions extends LexOptions {
  /** Names that the caller's own bind variables have; new ones avoid them. */
  bindVars?: Readonly<Record<string, unknown>>;
}

export interface NormalizedQuery {
  /**
   * The statement with bind variables for its literals, without margin comments and closing semicolon. It parses to
   * the same statement, and equal texts share a plan. `/*+ .. *\/` and `/*vt+ .. *\/` stay in it.
   */
  text: string;
  /** The values taken out: `v1`, `v2`, .. in source order. A folded IN list has type TUPLE. */
  bindVars: BindVariables;
  /** False for statements that keep their literals (SET, SHOW, DDL, ..): `text` is then the statement as it came. */
  normalized: boolean;
  /** First keyword in upper case, or `(`; `''` for a text of comments only. */
  verb: string;
  /** Comments before and behind the statement, to go with the queries that are sent on its behalf. */
  leadingComments: string;
  trailingComments: string;
  /** Number of positional parameters. The first reads `:v1` in the text, and so on; literals are numbered behind. */
  params: number;
}

/**
 * Makes literals into bind variables in one pass over the tokens, without parsing. The text is the plan-cache key
 * (beside keyspace, modes, schema version), so it must hold all that decides the plan: literals that name a column, and
 * positions in ORDER BY and GROUP BY, stay. Throws `SqlError` 1064 for unclosed quotes, comments, parentheses.
 */
export function normalize(sql: string, options: NormalizeOptions = {}): NormalizedQuery {
  const first = new Scanner(sql, options, true);
  do first.next();
  while (first.type === Token.COMMENT || first.type === Token.HINT);
  const start = first.inExecutable ? executableStart(sql, first.start) : first.start;
  const leadingComments = start > 0 ? sql.slice(0, start).trim() : '';
  const verb = first.word;
  if (!normalizedVerbs.has(verb)) {
    const text = sql.slice(start);
    return { text, bindVars: {}, normalized: false, verb, leadingComments, trailingComments: '', params: 0 };
  }
  const finder = new LiteralFinder(sql, options, verb === 'INSERT' || verb === 'REPLACE');
  finder.run(start);
  const out = new Output(sql, options, finder, sharingVerbs.has(verb), options.bindVars);
  const text = out.write(start);
  const trailing = finder.end < sql.length ? sql.slice(finder.end).replace(/^[\s;]+|[\s;]+$/g, '') : '';
  return {
    text,
    bindVars: out.bindVars,
    normalized: true,
    verb,
    leadingComments,
    trailingComments: trailing,
    params: finder.params,
  };
}

/**
 * Statements whose equal literals share a bind variable wherever they stand: `a.id = 5 and b.id = 5` is then seen to be
 * on one shard. Statements that write have many literals, and none of them needs it.
 */
const sharingVerbs: ReadonlySet<string> = new Set(['SELECT', 'WITH', '(']);

/** Longer literals are no values of a vindex, and cost more to compare. */
const MAX_SHARED_LENGTH = 128;

class Output {
  readonly bindVars: BindVariables = {};
  private readonly taken?: Set<string>;
  /** Bind variables by the text of the literals that share them. */
  private shared?: Map<string, string>;
  /** Texts of literals that stay, and with them those that are compared with them as text. */
  private kept?: Set<string>;
  private readonly sharesAll: boolean;
  private counter: number;

  constructor(
    private readonly sql: string,
    private readonly options: LexOptions,
    private readonly finder: LiteralFinder,
    sharesAll: boolean,
    callersBindVars?: Readonly<Record<string, unknown>>,
  ) {
    this.counter = finder.params;
    this.sharesAll = sharesAll && finder.marks.length > 1;
    const names = callersBindVars ? Object.keys(callersBindVars) : [];
    const own = finder.argumentNames ?? [];
    if (names.length + own.length > 0) this.taken = new Set([...names, ...own]);
  }

  write(start: number): string {
    const { sql } = this;
    const { marks, end } = this.finder;
    let text = '';
    let from = start;
    let params = 0;
    for (let i = 0; i < marks.length; i++) {
      const mark = marks.mark(i);
      if (mark === Mark.KEEP || (mark === Mark.SHARE && this.isKept(i))) continue;
      if (mark === Mark.KEEP_ALIKE) {
        (this.kept ??= new Set()).add(sql.slice(marks.start(i), marks.end(i)));
        continue;
      }
      const markStart = marks.start(i);
      if (markStart >= end) break;
      text += sql.slice(from, markStart);
      from = marks.end(i);
      if (mark === Mark.DROP) {
        text += ' ';
        continue;
      }
      if (mark === Mark.LIST) {
        text += '::' + this.list(i);
        i = marks.link(i) - 1;
      } else {
        text += ':' + (mark === Mark.PARAM ? `v${++params}` : this.literal(i, mark === Mark.SHARE));
      }
      // 'a'from: a name must end where the literal did
      if (from < end && continuesName(sql.charCodeAt(from))) text += ' ';
    }
    return from === start ? sql.slice(start, end) : text + sql.slice(from, end);
  }

  private newName(): string {
    let name = `v${++this.counter}`;
    while (this.taken?.has(name)) name = `v${++this.counter}`;
    return name;
  }

  private isKept(i: number): boolean {
    const { marks } = this.finder;
    return this.kept !== undefined && this.kept.has(this.sql.slice(marks.start(i), marks.end(i)));
  }

  private literal(i: number, share: boolean): string {
    const { marks } = this.finder;
    const [start, end] = [marks.start(i), marks.end(i)];
    if (!share && (!this.sharesAll || end - start > MAX_SHARED_LENGTH)) return this.bind(i);
    const text = this.sql.slice(start, end);
    this.shared ??= new Map<string, string>();
    const known = this.shared.get(text);
    if (known !== undefined) return known;
    const name = this.bind(i);
    this.shared.set(text, name);
    return name;
  }

  private bind(i: number): string {
    const name = this.newName();
    this.bindVars[name] = this.value(i);
    return name;
  }

  private list(i: number): string {
    const { marks } = this.finder;
    const values: TypedValue[] = [];
    for (let k = i + 1; k < marks.link(i); k++) values.push(this.value(k));
    const name = this.newName();
    this.bindVars[name] = listBindVariable(values);
    return name;
  }

  private value(i: number): BindVariables[string] {
    const { marks } = this.finder;
    return bindValueOf(
      this.sql,
      marks.start(i),
      marks.end(i),
      marks.type(i),
      marks.link(i) === 1,
      this.options,
    );
  }
}

const DOT = 46;

function continuesName(c: number): boolean {
  return c === DOT || isIdentifierChar(c);
}
