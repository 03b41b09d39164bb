import type { AlterMigration, AlterVschema, MigrationAction, Statement, VindexSpec } from '../ast';
import { Token } from '../lexer/token';
import { AdminParser } from './admin-parser';

const migrationActions: Partial<Record<string, MigrationAction>> = {
  RETRY: 'retry',
  CLEANUP: 'cleanup',
  LAUNCH: 'launch',
  COMPLETE: 'complete',
  CANCEL: 'cancel',
  THROTTLE: 'throttle',
  UNTHROTTLE: 'unthrottle',
  FORCE_CUTOVER: 'force_cutover',
  CUTOVER_THRESHOLD: 'set cut-over threshold',
};

/** ALTER VSCHEMA and the statements on online schema migrations. */
export abstract class VschemaParser extends AdminParser {
  protected alterVschema(start: number): Statement {
    this.need('VSCHEMA');
    const node: AlterVschema = {
      kind: 'alterVschema',
      action: 'add table',
      table: { name: '' },
      columns: [],
      start,
    };
    if (this.eat('ON')) this.onTable(node);
    else if (this.eat('CREATE')) {
      this.need('VINDEX');
      node.action = 'create vindex';
      node.table = this.tableName();
      node.vindex = this.vindexSpec(node.table.name);
    } else {
      const add = this.needAny(['ADD', 'DROP']) === 'ADD';
      const object = this.needAny(add ? ['TABLE', 'SEQUENCE'] : ['TABLE', 'SEQUENCE', 'VINDEX']);
      node.action = `${add ? 'add' : 'drop'} ${object.toLowerCase()}` as AlterVschema['action'];
      node.table = this.tableName();
      if (object === 'VINDEX') node.vindex = { name: node.table.name, params: [] };
    }
    node.end = this.lastEnd;
    return node;
  }

  private onTable(node: AlterVschema): void {
    node.table = this.tableName();
    if (this.eat('ADD')) {
      if (this.eat('AUTO_INCREMENT')) {
        node.action = 'add auto_increment';
        const column = this.name();
        this.need('USING');
        node.autoIncrement = { column, sequence: this.tableName() };
        return;
      }
      this.need('VINDEX');
      node.action = 'add vindex';
      const name = this.name();
      node.columns = this.nameList();
      node.vindex = this.vindexSpec(name);
      return;
    }
    this.need('DROP');
    if (this.eat('AUTO_INCREMENT')) node.action = 'drop auto_increment';
    else {
      this.need('VINDEX');
      node.action = 'drop column vindex';
      node.vindex = { name: this.name(), params: [] };
    }
  }

  /** `[USING type] [WITH a=b, c=d]` */
  private vindexSpec(name: string): VindexSpec {
    const spec: VindexSpec = { name, params: [] };
    if (this.eat('USING')) spec.type = this.name();
    if (this.eat('WITH')) {
      spec.params = this.list((): [string, string] => {
        const key = this.anyName();
        this.need('=');
        return [key, this.paramValue()];
      });
    }
    return spec;
  }

  private paramValue(): string {
    if (this.type === Token.STRING) return this.plainString();
    if (this.type === Token.INT) return this.integer();
    const parts = [this.anyName()];
    while (this.eat('.')) parts.push(this.anyName());
    return parts.join('.');
  }

  protected alterMigration(start: number): Statement {
    this.need('VITESS_MIGRATION');
    const uuid = this.type === Token.STRING ? this.plainString() : undefined;
    const postpone = this.eat('POSTPONE');
    const action = migrationActions[this.upper()] ?? this.fail();
    if (postpone && action !== 'complete') this.fail();
    this.skip();
    const node: AlterMigration = { kind: 'alterMigration', action, start };
    if (postpone) node.action = 'postpone complete';
    if (uuid !== undefined) node.uuid = uuid;
    else {
      this.need('ALL');
      node.action = `${node.action} all` as MigrationAction;
    }
    this.migrationOptions(node);
    node.end = this.lastEnd;
    return node;
  }

  private migrationOptions(node: AlterMigration): void {
    if (node.action === 'set cut-over threshold') node.expire = this.plainString();
    if (node.action === 'launch' && this.eatWord('VITESS_SHARDS')) node.shards = this.plainString();
    if (!node.action.startsWith('throttle')) return;
    if (this.eat('EXPIRE')) node.expire = this.plainString();
    if (this.eat('RATIO')) {
      if (this.type !== Token.INT && this.type !== Token.DECIMAL) this.fail();
      node.ratio = this.text();
      this.skip();
    }
  }

  protected revertMigration(): Statement {
    const { start } = this;
    this.need('REVERT');
    const comments = this.hints();
    this.need('VITESS_MIGRATION');
    return { kind: 'revertMigration', comments, uuid: this.plainString(), start, end: this.lastEnd };
  }
}
