import type { Ddl, DdlAction, DdlObject, Statement } from '../ast';
import { Token } from '../lexer/token';
import { VschemaParser } from './vschema-parser';

const objects: Partial<Record<string, DdlObject>> = {
  TABLE: 'table',
  TABLES: 'table',
  VIEW: 'view',
  INDEX: 'index',
  DATABASE: 'database',
  SCHEMA: 'database',
  SEQUENCE: 'sequence',
  PROCEDURE: 'procedure',
  FUNCTION: 'function',
  TRIGGER: 'trigger',
  EVENT: 'event',
  USER: 'user',
  ROLE: 'role',
  SERVER: 'server',
  TABLESPACE: 'tablespace',
  PACKAGE: 'package',
};

/** Objects that nothing here is about: RESOURCE GROUP, SPATIAL REFERENCE SYSTEM, ALTER INSTANCE, LIBRARY, JSON DUALITY .. */
const otherObjects = new Set(['RESOURCE', 'REFERENCE', 'INSTANCE', 'LIBRARY', 'JSON', 'SYNONYM', 'TYPE']);

/** Objects whose names are what the statement is routed by, and read. */
const named = new Set<DdlObject>([
  'table',
  'view',
  'sequence',
  'procedure',
  'function',
  'trigger',
  'event',
  'package',
]);

const routines = new Set<DdlObject>(['procedure', 'function', 'trigger', 'event', 'package']);

/**
 * The heads of DDL statements: enough to route them. Everything behind the head is skipped, so that no statement is
 * refused here that the server would take.
 */
export abstract class DdlParser extends VschemaParser {
  private ddlNode(action: DdlAction, start: number): Ddl {
    return {
      kind: 'ddl',
      action,
      object: 'other',
      comments: this.hints(),
      names: [],
      renames: [],
      ifExists: false,
      ifNotExists: false,
      orReplace: false,
      temporary: false,
      text: '',
      start,
    };
  }

  private finish(node: Ddl): Ddl {
    this.skipRest();
    // the body of a routine has semicolons of its own
    if (node.action === 'create' && routines.has(node.object)) this.skipToEnd();
    node.end = this.lastEnd;
    node.text = this.statementText(node.start ?? 0);
    return node;
  }

  protected create(): Statement {
    const { start } = this;
    this.need('CREATE');
    const node = this.ddlNode('create', start);
    if (this.eat('OR')) {
      this.need('REPLACE');
      node.orReplace = true;
    }
    this.modifiers(node);
    this.objectOf(node);
    if (this.eat('IF')) {
      this.need('NOT');
      this.need('EXISTS');
      node.ifNotExists = true;
    }
    switch (node.object) {
      case 'table':
        this.createTable(node);
        break;
      case 'view':
        this.viewBody(node);
        break;
      case 'index':
        this.indexOn(node);
        break;
      case 'database':
        node.names.push({ name: this.name() });
        break;
      default:
        if (named.has(node.object)) node.names.push(this.tableName());
    }
    return this.finish(node);
  }

  /** What may stand before the object: TEMPORARY, UNIQUE, DEFINER = .., ALGORITHM = .., SQL SECURITY .. */
  private modifiers(node: Ddl): void {
    for (;;) {
      const word = this.upper();
      if (objects[word] || this.type === Token.EOF || this.at(';')) return;
      switch (word) {
        case 'TEMPORARY':
          node.temporary = true;
          this.skip();
          break;
        case 'ALGORITHM':
          this.skip();
          this.eat('=');
          this.skip();
          break;
        case 'DEFINER':
          this.skip();
          this.eat('=');
          this.user();
          break;
        case 'SQL':
          // SQL SECURITY and its value
          for (let i = 0; i < 3; i++) this.skip();
          break;
        case 'UNIQUE':
        case 'FULLTEXT':
        case 'SPATIAL':
        case 'AGGREGATE':
        case 'ONLINE':
        case 'OFFLINE':
        case 'IGNORE':
        case 'UNDO':
          this.skip();
          break;
        default:
          return;
      }
    }
  }

  /** `user@host`, CURRENT_USER[()] */
  private user(): void {
    this.skip();
    if (this.at('(')) {
      this.skip();
      this.need(')');
    } else if (this.type === Token.USER_VAR) this.skip();
  }

  private objectOf(node: Ddl): void {
    const word = this.upper();
    if (word === 'LOGFILE') {
      node.object = 'logfile group';
      this.skip();
      this.skip();
      return;
    }
    const object = objects[word];
    if (object === undefined && !otherObjects.has(word)) this.fail();
    node.object = object ?? 'other';
    this.skip();
  }

  private createTable(node: Ddl): void {
    node.names.push(this.tableName());
    const parenthesised = this.at('(') && this.atAhead(1, 'LIKE');
    if (parenthesised) this.skip();
    if (this.eat('LIKE')) {
      node.like = this.tableName();
      if (parenthesised) this.need(')');
      return;
    }
    if (this.at('(') && this.isQueryParenthesis()) {
      node.query = this.query();
      return;
    }
    // the definition is not read, but a query behind it is
    for (let depth = 0; this.type !== Token.EOF && !this.at(';'); this.skip()) {
      if (this.at('(')) depth++;
      else if (this.at(')')) depth--;
      else if (depth === 0 && (this.at('SELECT') || (this.at('AS') && this.isQueryBehindAs()))) {
        this.eat('AS');
        node.query = this.query();
        return;
      }
    }
  }

  private isQueryBehindAs(): boolean {
    let n = 1;
    while (this.atAhead(n, '(')) n++;
    return this.isQueryStart(n);
  }

  private viewBody(node: Ddl): void {
    node.names.push(this.tableName());
    if (this.at('(')) this.nameList();
    this.need('AS');
    node.query = this.query();
    // WITH CHECK OPTION follows
  }

  private indexOn(node: Ddl): void {
    node.index = this.eat('PRIMARY') ? 'PRIMARY' : this.name();
    while (this.type !== Token.EOF && !this.at('ON') && !this.at('(')) this.skip();
    this.need('ON');
    node.names.push(this.tableName());
  }

  protected alter(): Statement {
    const { start } = this;
    this.need('ALTER');
    const comments = this.hints();
    if (this.at('VSCHEMA')) return this.alterVschema(start);
    if (this.at('VITESS_MIGRATION')) return this.alterMigration(start);
    const node = this.ddlNode('alter', start);
    node.comments = comments;
    this.modifiers(node);
    this.objectOf(node);
    node.ifExists = this.eat2('IF', 'EXISTS');
    if (node.object === 'view') this.viewBody(node);
    else if (node.object === 'database') {
      if (this.isName()) node.names.push({ name: this.name() });
    } else if (named.has(node.object)) node.names.push(this.tableName());
    if (node.object === 'table') this.findRename(node);
    return this.finish(node);
  }

  /** ALTER TABLE .. RENAME [TO | AS] new; not RENAME COLUMN or RENAME INDEX. */
  private findRename(node: Ddl): void {
    for (let depth = 0; this.type !== Token.EOF && !this.at(';'); this.skip()) {
      if (this.at('(')) depth++;
      else if (this.at(')')) depth--;
      else if (depth === 0 && this.at('RENAME') && !['COLUMN', 'INDEX', 'KEY'].includes(this.wordAhead(1))) {
        this.skip();
        if (!this.eat('TO') && !this.eat('AS')) this.eat('=');
        node.renames.push(this.tableName());
        return;
      }
    }
  }

  protected drop(): Statement {
    const { start } = this;
    if (this.atAhead(1, 'PREPARE')) return this.deallocate();
    this.need('DROP');
    const node = this.ddlNode('drop', start);
    this.modifiers(node);
    this.objectOf(node);
    node.ifExists = this.eat2('IF', 'EXISTS');
    if (node.object === 'index') this.indexOn(node);
    else if (node.object === 'database') node.names.push({ name: this.name() });
    else if (named.has(node.object)) node.names = this.list(() => this.tableName());
    return this.finish(node);
  }

  protected rename(): Statement {
    const { start } = this;
    this.need('RENAME');
    const node = this.ddlNode('rename', start);
    this.objectOf(node);
    if (node.object !== 'table') return this.finish(node);
    node.ifExists = this.eat2('IF', 'EXISTS');
    this.list(() => {
      node.names.push(this.tableName());
      if (this.eat('WAIT')) this.integer();
      else this.eat('NOWAIT');
      this.need('TO');
      node.renames.push(this.tableName());
    });
    return this.finish(node);
  }

  protected truncate(): Statement {
    const { start } = this;
    this.need('TRUNCATE');
    const node = this.ddlNode('truncate', start);
    this.eat('TABLE');
    node.object = 'table';
    node.names.push(this.tableName());
    return this.finish(node);
  }

  protected grant(): Statement {
    const { start } = this;
    const node = this.ddlNode(this.at('GRANT') ? 'grant' : 'revoke', start);
    node.object = 'privileges';
    this.skip();
    if (this.atEnd() || this.at(';')) this.fail();
    return this.finish(node);
  }
}
