import type { Statement } from '../ast';
import { Token } from '../lexer/token';
import { DdlParser } from './ddl-parser';

/** Statements that are known but not taken apart, with the words that may follow; none listed: anything may. */
const otherVerbs: Partial<Record<string, readonly string[]>> = Object.fromEntries(
  [
    'XA START BEGIN END PREPARE COMMIT ROLLBACK RECOVER',
    'RESET QUERY MASTER SLAVE REPLICA PERSIST BINARY SESSION',
    'PURGE BINARY MASTER',
    'CHANGE MASTER REPLICATION',
    'INSTALL PLUGIN SONAME COMPONENT',
    'UNINSTALL PLUGIN SONAME COMPONENT',
    'CACHE INDEX',
    'CLONE LOCAL INSTANCE',
    'GET DIAGNOSTICS CURRENT STACKED',
    'IMPORT TABLE',
    'STOP SLAVE REPLICA ALL GROUP_REPLICATION',
    'START SLAVE REPLICA ALL GROUP_REPLICATION',
    'BACKUP STAGE LOCK UNLOCK',
    'SIGNAL',
    'HANDLER',
    'HELP',
    'BINLOG',
    'SHUTDOWN',
    'RESTART',
    'RESIGNAL',
  ].map((line) => [line.split(' ')[0], line.split(' ').slice(1)]),
);

/** Those that may stand alone. */
const bareVerbs = new Set(['SHUTDOWN', 'RESTART', 'RESIGNAL']);

const compoundWords = new Set(['IF', 'CASE', 'LOOP', 'WHILE', 'REPEAT', 'FOR']);

/** Whole statements, by their first word. */
export class StatementParser extends DdlParser {
  /** The one statement of the text. A semicolon may follow, another statement may not. */
  parse(): Statement {
    const statement = this.statement();
    while (this.at(';')) this.skip();
    if (!this.atEnd()) this.fail();
    return statement;
  }

  /** The one expression of the text. */
  parseExpr() {
    const expr = this.expr();
    if (!this.atEnd()) this.fail();
    return expr;
  }

  statement(): Statement {
    this.enter();
    const statement = this.dispatch();
    this.leave();
    return statement;
  }

  private dispatch(): Statement {
    switch (this.word) {
      case 'SELECT':
      case '(':
      case 'TABLE':
      case 'VALUES':
        return this.query();
      case 'WITH':
        return this.withStatement();
      case 'INSERT':
      case 'REPLACE':
        return this.insert();
      case 'UPDATE':
        return this.update();
      case 'DELETE':
        return this.delete();
      case 'SET':
        return this.set();
      case 'SHOW':
        return this.show();
      case 'USE':
        return this.use();
      case 'EXPLAIN':
      case 'DESCRIBE':
      case 'DESC':
        return this.explain();
      case 'VEXPLAIN':
        return this.vexplain();
      default:
        return this.transaction() ?? this.ddl() ?? this.admin();
    }
  }

  private transaction(): Statement | undefined {
    switch (this.word) {
      case 'START':
        return this.atAhead(1, 'TRANSACTION') ? this.begin() : undefined;
      case 'BEGIN':
        return this.begin();
      case 'COMMIT':
        return this.commit();
      case 'ROLLBACK':
        return this.rollback();
      case 'SAVEPOINT':
      case 'RELEASE':
        return this.savepoint();
      default:
        return undefined;
    }
  }

  private ddl(): Statement | undefined {
    switch (this.word) {
      case 'CREATE':
        return this.create();
      case 'ALTER':
        return this.alter();
      case 'DROP':
        return this.drop();
      case 'RENAME':
        return this.rename();
      case 'TRUNCATE':
        return this.truncate();
      case 'GRANT':
      case 'REVOKE':
        return this.grant();
      case 'REVERT':
        return this.revertMigration();
      default:
        return undefined;
    }
  }

  private admin(): Statement {
    switch (this.word) {
      case 'LOCK':
        return this.lockTables();
      case 'UNLOCK':
        return this.unlockTables();
      case 'FLUSH':
        return this.flush();
      case 'KILL':
        return this.kill();
      case 'CALL':
        return this.callProcedure();
      case 'PREPARE':
        return this.prepare();
      case 'EXECUTE':
        return this.execute();
      case 'DEALLOCATE':
        return this.deallocate();
      case 'DO':
        return this.doStatement();
      case 'LOAD':
        return this.load();
      case 'ANALYZE':
      case 'OPTIMIZE':
      case 'CHECK':
      case 'REPAIR':
      case 'CHECKSUM':
        return this.tableAdmin();
      case 'VSTREAM':
      case 'STREAM':
        return this.vstream();
      default:
        return this.rest();
    }
  }

  private rest(): Statement {
    if (this.type === Token.EOF || this.at(';')) return this.commentOnly();
    if (compoundWords.has(this.word) && this.options.flavor === 'mariadb') return this.compound();
    const next = otherVerbs[this.upper()] ?? this.fail();
    const alone = this.typeAhead(1) === Token.EOF || this.atAhead(1, ';');
    const known = alone ? bareVerbs.has(this.upper()) : next.length === 0 || next.includes(this.upper(1));
    if (!known) {
      this.skip();
      this.fail();
    }
    return this.otherAdmin();
  }

  private commentOnly(): Statement {
    if (!this.atEnd() && !this.at(';')) this.fail();
    const text = this.sql.slice(0, this.start).trim();
    return { kind: 'commentOnly', comments: text === '' ? [] : [text], start: 0, end: this.start };
  }

  /** WITH: the verb behind the tables decides. */
  private withStatement(): Statement {
    const { start } = this;
    const withClause = this.with();
    if (this.at('UPDATE')) return { ...this.update(withClause), start };
    if (this.at('DELETE')) return { ...this.delete(withClause), start };
    return this.queryBehindWith(withClause, start);
  }
}
