import type {
  Begin,
  Commit,
  Explain,
  Flush,
  LoadData,
  LockTables,
  Rollback,
  Statement,
  TableAdmin,
  TableLock,
  TableName,
  VExplain,
} from '../ast';
import { executableEnd, executableStart } from '../lexer/executable-comment';
import { Token } from '../lexer/token';
import { ShowParser } from './show-parser';

const explainable = ['SELECT', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE', 'WITH', 'TABLE', 'VALUES', '('];
const vexplainTypes = ['PLAN', 'QUERIES', 'ALL', 'TRACE', 'KEYS', 'COST'];

/** Administrative statements other than SET and SHOW. */
export abstract class AdminParser extends ShowParser {
  protected statementText(start: number): string {
    const from = this.startsInExecutable ? executableStart(this.sql, start) : start;
    return this.sql.slice(from, executableEnd(this.sql, this.lastEnd)).trim();
  }

  protected otherAdmin(): Statement {
    const { start } = this;
    const verb = this.upper().toLowerCase();
    this.skipRest();
    return { kind: 'otherAdmin', verb, text: this.statementText(start), start, end: this.lastEnd };
  }

  /** A statement that is not taken apart, if one of the words is next. */
  private otherAdminOf(...words: string[]): Statement {
    if (words.includes(this.upper(1))) return this.otherAdmin();
    this.skip();
    return this.fail();
  }

  protected use(): Statement {
    const { start } = this;
    this.need('USE');
    const from = this.start;
    if (this.type === Token.QUOTED && (this.typeAhead(1) === Token.EOF || this.atAhead(1, ';'))) {
      return { kind: 'use', target: this.anyName(), start, end: this.lastEnd };
    }
    // a target such as ks:-80@replica is no identifier
    this.skipRest();
    const target = this.lastEnd > from ? this.sql.slice(from, this.lastEnd).replaceAll('`', '') : '';
    if (/\s/.test(target)) {
      this.index--;
      this.fail();
    }
    return { kind: 'use', target, start, end: this.lastEnd };
  }

  protected explain(): Statement {
    const { start } = this;
    this.skip();
    const explain: Explain = {
      kind: 'explain',
      analyze: false,
      statement: { kind: 'commentOnly', comments: [] },
      text: '',
      start,
    };
    for (;;) {
      if (this.eat('ANALYZE')) explain.analyze = true;
      else if (this.eat('EXTENDED')) explain.option = 'extended';
      else if (this.eat('PARTITIONS')) explain.option = 'partitions';
      else if (this.at('FORMAT') && this.atAhead(1, '=')) {
        this.index += 2;
        explain.format = this.nameOrString().toLowerCase();
      } else break;
    }
    if (this.eat('FOR')) return this.explainConnection(explain);
    if (!explainable.includes(this.word)) return this.describe(start);
    explain.statement = this.statement();
    explain.end = this.lastEnd;
    explain.text = this.statementText(start);
    return explain;
  }

  private explainConnection({ format, start }: Explain): Statement {
    this.need('CONNECTION');
    const connectionId = this.integer();
    return { kind: 'explainConnection', ...(format && { format }), connectionId, start, end: this.lastEnd };
  }

  private describe(start: number): Statement {
    const table = this.tableName();
    const column = this.isName() || this.type === Token.STRING ? this.nameOrString() : undefined;
    const text = this.statementText(start);
    return { kind: 'describe', table, ...(column && { column }), text, start, end: this.lastEnd };
  }

  protected vexplain(): Statement {
    const { start } = this;
    this.need('VEXPLAIN');
    const comments = this.hints();
    const word = vexplainTypes.find((candidate) => this.upper() === candidate);
    if (word !== undefined) this.skip();
    const type = (word ?? 'PLAN').toLowerCase() as VExplain['type'];
    if (!explainable.includes(this.word)) this.fail();
    return { kind: 'vexplain', type, comments, statement: this.statement(), start, end: this.lastEnd };
  }

  protected begin(): Statement {
    const { start } = this;
    if (this.at('BEGIN') && this.atAhead(1, 'NOT')) return this.compound();
    const begin: Begin = { kind: 'begin', consistentSnapshot: false, start };
    if (this.eat('BEGIN')) this.eat('WORK');
    else {
      this.need('START');
      this.need('TRANSACTION');
      if (!this.atEnd() && !this.at(';')) this.list(() => this.characteristic(begin));
    }
    begin.end = this.lastEnd;
    return begin;
  }

  /** MariaDB's BEGIN NOT ATOMIC, IF, LOOP and the like outside of routines: with semicolons of their own. */
  protected compound(): Statement {
    const { start } = this;
    const verb = this.upper().toLowerCase();
    this.skipToEnd();
    return { kind: 'otherAdmin', verb, text: this.statementText(start), start, end: this.lastEnd };
  }

  private characteristic(begin: Begin): void {
    if (this.eat('READ'))
      begin.access = this.needAny(['ONLY', 'WRITE']) === 'ONLY' ? 'read only' : 'read write';
    else {
      this.need('WITH');
      this.need('CONSISTENT');
      this.need('SNAPSHOT');
      begin.consistentSnapshot = true;
    }
  }

  protected commit(): Statement {
    const commit: Commit = { kind: 'commit', start: this.start };
    this.need('COMMIT');
    this.eat('WORK');
    return this.completion(commit);
  }

  protected rollback(): Statement {
    const { start } = this;
    this.need('ROLLBACK');
    this.eat('WORK');
    if (this.eat('TO')) {
      this.eat('SAVEPOINT');
      return { kind: 'rollbackTo', name: this.name(), start, end: this.lastEnd };
    }
    return this.completion({ kind: 'rollback', start });
  }

  /** `[AND [NO] CHAIN] [[NO] RELEASE]` */
  private completion(node: Commit | Rollback): Statement {
    if (this.eat('AND')) {
      node.chain = !this.eat('NO');
      this.need('CHAIN');
    }
    if (this.at('RELEASE') || this.at('NO')) {
      node.release = !this.eat('NO');
      this.need('RELEASE');
    }
    node.end = this.lastEnd;
    return node;
  }

  protected savepoint(): Statement {
    const { start } = this;
    if (this.eat('SAVEPOINT')) return { kind: 'savepoint', name: this.name(), start, end: this.lastEnd };
    this.need('RELEASE');
    this.need('SAVEPOINT');
    return { kind: 'releaseSavepoint', name: this.name(), start, end: this.lastEnd };
  }

  protected lockTables(): Statement {
    const { start } = this;
    if (!this.atAhead(1, 'TABLES') && !this.atAhead(1, 'TABLE')) return this.otherAdminOf('INSTANCE');
    this.index += 2;
    const tables: LockTables['tables'] = this.list(() => {
      const table = this.tableName();
      const alias =
        this.isName() && !this.at('LOW_PRIORITY')
          ? this.tableAlias()
          : this.eat('AS')
            ? this.name()
            : undefined;
      return { table, ...(alias !== undefined && { alias }), lock: this.tableLock() };
    });
    const node: LockTables = { kind: 'lockTables', tables, start };
    if (this.eat('NOWAIT')) node.wait = 'nowait';
    else if (this.eat('WAIT')) node.wait = Number(this.integer());
    node.end = this.lastEnd;
    return node;
  }

  private tableLock(): TableLock {
    if (this.eat('READ')) return this.eat('LOCAL') ? 'read local' : 'read';
    const low = this.eat('LOW_PRIORITY');
    this.need('WRITE');
    if (low) return 'low_priority write';
    return this.eatWord('CONCURRENT') ? 'write concurrent' : 'write';
  }

  protected unlockTables(): Statement {
    const { start } = this;
    if (!this.atAhead(1, 'TABLES') && !this.atAhead(1, 'TABLE')) return this.otherAdminOf('INSTANCE');
    this.index += 2;
    return { kind: 'unlockTables', start, end: this.lastEnd };
  }

  protected flush(): Statement {
    const { start } = this;
    this.need('FLUSH');
    const local = this.eat('LOCAL') || this.eatWord('NO_WRITE_TO_BINLOG');
    const flush: Flush = {
      kind: 'flush',
      local,
      options: [],
      tables: [],
      withReadLock: false,
      forExport: false,
      text: '',
      start,
    };
    if (this.eat('TABLES') || this.eat('TABLE')) this.flushTables(flush);
    else {
      flush.options = this.list(() => this.flushOption());
    }
    flush.end = this.lastEnd;
    flush.text = this.statementText(start);
    return flush;
  }

  private flushTables(flush: Flush): void {
    flush.options.push('tables');
    if (this.isName()) flush.tables = this.list(() => this.tableName());
    if (this.eat('FOR')) {
      this.need('EXPORT');
      flush.forExport = true;
    } else if (this.eat('WITH')) {
      this.need('READ');
      this.need('LOCK');
      flush.withReadLock = true;
      if (this.eat('AND')) {
        this.need('DISABLE');
        if (!this.eatWord('CHECKPOINT')) this.fail();
      }
    }
  }

  private flushOption(): string {
    const words: string[] = [];
    while (this.type !== Token.EOF && !this.at(',') && !this.at(';')) {
      words.push(this.text().toLowerCase());
      this.skip();
    }
    return words.length > 0 ? words.join(' ') : this.fail();
  }

  protected kill(): Statement {
    const { start } = this;
    this.need('KILL');
    if (this.upper() === 'HARD' || this.upper() === 'SOFT') return this.otherAdminAt(start);
    const word = this.eatAny(['CONNECTION', 'QUERY']);
    // MariaDB: by query id, or all of a user
    const next = this.upper(1) !== '' || this.typeAhead(1) !== Token.OP;
    if (
      next &&
      (this.upper() === 'ID' || this.at('USER')) &&
      !this.atAhead(1, ';') &&
      this.typeAhead(1) !== Token.EOF
    )
      return this.otherAdminAt(start);
    const type = word === 'QUERY' ? 'query' : 'connection';
    return { kind: 'kill', type, id: this.expr(), start, end: this.lastEnd };
  }

  private otherAdminAt(start: number): Statement {
    const verb = /^\w+/.exec(this.sql.slice(start, start + 32))?.[0].toLowerCase() ?? '';
    this.skipRest();
    return { kind: 'otherAdmin', verb, text: this.statementText(start), start, end: this.lastEnd };
  }

  protected callProcedure(): Statement {
    const { start } = this;
    this.need('CALL');
    const procedure = this.tableName();
    const packaged = procedure.keyspace !== undefined && this.eat('.') ? this.name() : undefined;
    const args = this.at('(') ? this.rowValues() : [];
    const call = { kind: 'call', args, start, end: this.lastEnd } as const;
    if (packaged === undefined) return { ...call, procedure };
    return {
      ...call,
      procedure: { ...procedure, name: packaged, end: this.lastEnd },
      package: procedure.name,
    };
  }

  protected prepare(): Statement {
    const { start } = this;
    this.need('PREPARE');
    const name = this.name();
    this.need('FROM');
    return { kind: 'prepare', name, source: this.expr(), start, end: this.lastEnd };
  }

  protected execute(): Statement {
    const { start } = this;
    this.need('EXECUTE');
    if (this.upper() === 'IMMEDIATE') return this.otherAdminAt(start);
    const name = this.name();
    const using = this.eat('USING') ? this.exprs() : [];
    return { kind: 'execute', name, using, start, end: this.lastEnd };
  }

  protected deallocate(): Statement {
    const { start } = this;
    this.skip();
    this.need('PREPARE');
    return { kind: 'deallocate', name: this.name(), start, end: this.lastEnd };
  }

  protected doStatement(): Statement {
    const { start } = this;
    this.need('DO');
    return { kind: 'do', exprs: this.exprs(), start, end: this.lastEnd };
  }

  protected load(): Statement {
    const { start } = this;
    if (!this.atAhead(1, 'DATA')) return this.otherAdminOf('INDEX', 'XML');
    this.index += 2;
    if (!this.eat('LOW_PRIORITY')) this.eatWord('CONCURRENT');
    const local = this.eat('LOCAL');
    // FROM S3 is Aurora's
    if (!this.eat2('FROM', 'S3')) this.need('INFILE');
    const load: LoadData = { kind: 'loadData', local, file: this.plainString(), text: '', start };
    this.eatAny(['REPLACE', 'IGNORE']);
    if (this.eat2('INTO', 'TABLE')) load.table = this.tableName();
    this.skipRest();
    load.end = this.lastEnd;
    load.text = this.statementText(start);
    return load;
  }

  /** ANALYZE, OPTIMIZE, CHECK, REPAIR, CHECKSUM TABLE. MariaDB's ANALYZE SELECT is an EXPLAIN ANALYZE. */
  protected tableAdmin(): Statement {
    const { start } = this;
    const action = this.upper().toLowerCase() as TableAdmin['action'];
    let n = 1;
    while (['LOCAL', 'NO_WRITE_TO_BINLOG'].includes(this.upper(n))) n++;
    if (!this.atAhead(n, 'TABLE') && !this.atAhead(n, 'TABLES')) {
      const explain =
        this.at('ANALYZE') && (explainable.includes(this.wordAhead(1)) || this.atAhead(1, 'FORMAT'));
      return explain ? this.analyzeStatement() : this.viewAdmin(n);
    }
    this.index += n + 1;
    const tables: TableName[] = this.list(() => this.tableName());
    this.skipRest();
    return { kind: 'tableAdmin', action, tables, text: this.statementText(start), start, end: this.lastEnd };
  }

  /** CHECK VIEW, REPAIR VIEW: VIEW is `n` ahead. */
  private viewAdmin(n: number): Statement {
    if (this.atAhead(n, 'VIEW') && this.isName(n + 1)) return this.otherAdmin();
    this.index += n;
    return this.fail();
  }

  private analyzeStatement(): Statement {
    const statement = this.explain();
    return statement.kind === 'explain' ? { ...statement, analyze: true } : statement;
  }

  protected vstream(): Statement {
    const { start } = this;
    this.skip();
    this.need('*');
    this.need('FROM');
    const table = this.tableName();
    const where = this.eat('WHERE') ? this.expr() : undefined;
    const limit = this.at('LIMIT') ? this.limit() : undefined;
    return {
      kind: 'vstream',
      table,
      ...(where && { where }),
      ...(limit && { limit }),
      start,
      end: this.lastEnd,
    };
  }
}
