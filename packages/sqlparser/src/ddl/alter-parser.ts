import type { ColumnDraft } from './column-parser';
import { TableDefinitionParser } from './table-definition-parser';
import type {
  AlterAction,
  ColumnDefinition,
  ColumnPosition,
  KeyType,
  PartitionAction,
} from './table-definition';

/** An action whose columns are drafts still. */
export type ActionDraft = (columns: readonly ColumnDefinition[]) => AlterAction;

type Maintenance = 'truncate' | 'analyze' | 'check' | 'optimize' | 'rebuild' | 'repair';

/** The actions of ALTER TABLE. */
export class AlterTableParser extends TableDefinitionParser {
  /** Undefined for what is no ALTER TABLE. */
  alterTableDraft(): { actions: ActionDraft[]; columns: ColumnDraft[] } | undefined {
    if (!this.eatWord('ALTER')) return undefined;
    this.hints();
    while (this.eatOneOf('ONLINE', 'IGNORE') !== '');
    if (!this.eatWord('TABLE')) return undefined;
    this.ifExists();
    this.tableName();
    if (this.eatWord('WAIT')) this.number();
    else this.eatWord('NOWAIT');
    const actions: ActionDraft[] = [];
    while (!this.atStatementEnd()) {
      actions.push(...this.actions());
      // options stand behind each other without commas, so does PARTITION BY
      this.eat(',');
    }
    return { actions, columns: this.drafts };
  }

  private actions(): ActionDraft[] {
    const { index } = this;
    if (this.eatWord('ADD')) return this.add();
    if (this.eatWord('MODIFY')) return [this.modify()];
    if (this.eatWord('CHANGE')) return [this.change()];
    const action = this.plainAction();
    if (this.index === index) this.fail();
    return [() => action];
  }

  private add(): ActionDraft[] {
    if (this.at('PARTITION')) {
      const action = this.addPartition();
      return [() => action];
    }
    if (this.eatWords('SYSTEM', 'VERSIONING'))
      return [() => ({ action: 'system versioning', enabled: true })];
    if (this.isPeriodStart()) {
      const period = this.period();
      return [() => ({ action: 'add period', period })];
    }
    if (this.isKeyStart()) return [this.addConstraint()];
    this.eatWord('COLUMN');
    const ifNotExists = this.ifNotExists();
    if (!this.at('(')) return [this.addColumn(ifNotExists)];
    return this.parenthesised(() =>
      this.list(() => (this.isKeyStart() ? this.addConstraint() : this.addColumn(ifNotExists))),
    );
  }

  private addColumn(ifNotExists: boolean): ActionDraft {
    const n = this.columnDraft();
    const position = this.columnPosition();
    return (columns) => ({ action: 'add column', column: columns[n], ...position, ifNotExists });
  }

  private addConstraint(): ActionDraft {
    const named = this.eatWord('CONSTRAINT');
    let ifNotExists = named && this.ifNotExists();
    const name = named && this.isName() ? this.name() : undefined;
    if (this.at('CHECK')) {
      const check = this.check(name);
      return () => ({ action: 'add check', check });
    }
    const { index } = this;
    const key = this.key(name);
    for (let n = index; n < this.index; n++) ifNotExists ||= this.upper(n - this.index) === 'EXISTS';
    return () => ({ action: 'add key', key, ifNotExists });
  }

  private modify(): ActionDraft {
    this.eatWord('COLUMN');
    const ifExists = this.ifExists();
    const n = this.columnDraft();
    const position = this.columnPosition();
    return (columns) => ({ action: 'modify column', column: columns[n], ...position, ifExists });
  }

  private change(): ActionDraft {
    this.eatWord('COLUMN');
    const ifExists = this.ifExists();
    const from = this.name();
    const n = this.columnDraft();
    const position = this.columnPosition();
    return (columns) => ({ action: 'change column', from, column: columns[n], ...position, ifExists });
  }

  private columnPosition(): { position?: ColumnPosition } {
    if (this.eatWord('FIRST')) return { position: { first: true } };
    return this.eatWord('AFTER') ? { position: { after: this.name() } } : {};
  }

  private plainAction(): AlterAction {
    switch (this.upper()) {
      case 'DROP':
        this.skip();
        return this.dropAction();
      case 'RENAME':
        this.skip();
        return this.renameAction();
      case 'ALTER':
        this.skip();
        return this.alterPart();
      case 'ALGORITHM':
      case 'LOCK': {
        const { name, value } = this.option();
        return { action: name === 'LOCK' ? 'lock' : 'algorithm', value: value.toLowerCase() };
      }
      case 'CONVERT':
        return this.convertAction();
      case 'ORDER': {
        this.needWords('ORDER', 'BY');
        return { action: 'order by', columns: this.list(() => this.orderColumn()) };
      }
      case 'FORCE':
        this.skip();
        return { action: 'force' };
      default:
        return this.partitionAction() ?? this.switchAction() ?? this.optionsAction();
    }
  }

  private orderColumn(): string {
    const { name } = this.column();
    this.eatOneOf('ASC', 'DESC');
    return name;
  }

  private dropAction(): AlterAction {
    if (this.at('PARTITION')) {
      this.skip();
      const ifExists = this.ifExists();
      return { action: 'drop partition', names: this.names(), ifExists };
    }
    if (this.eatWords('SYSTEM', 'VERSIONING')) return { action: 'system versioning', enabled: false };
    if (this.eatWords('PERIOD', 'FOR')) return { action: 'drop period', name: this.name() };
    if (this.eatWords('PRIMARY', 'KEY')) return { action: 'drop key', type: 'primary', ifExists: false };
    const constraint = this.eatOneOf('CONSTRAINT', 'CHECK');
    if (constraint !== '') {
      const ifExists = this.ifExists();
      return { action: 'drop constraint', name: this.name(), ifExists };
    }
    const type: KeyType = this.eatWord('FOREIGN') ? 'foreign' : 'index';
    if (this.eatOneOf('KEY', 'INDEX') !== '') {
      const ifExists = this.ifExists();
      return { action: 'drop key', type, name: this.name(), ifExists };
    }
    this.eatWord('COLUMN');
    const ifExists = this.ifExists();
    const name = this.name();
    this.eatOneOf('RESTRICT', 'CASCADE');
    return { action: 'drop column', name, ifExists };
  }

  private renameAction(): AlterAction {
    const object = this.eatOneOf('COLUMN', 'KEY', 'INDEX');
    if (object !== '') {
      this.ifExists();
      const from = this.name();
      this.needWords('TO');
      const to = this.name();
      return { action: object === 'column' ? 'rename column' : 'rename key', from, to };
    }
    if (this.eatOneOf('TO', 'AS') === '') this.eat('=');
    return { action: 'rename table', to: this.plainTableName() };
  }

  private alterPart(): AlterAction {
    const object = this.eatOneOf('INDEX', 'KEY', 'CHECK', 'CONSTRAINT');
    if (object === '') this.eatWord('COLUMN');
    this.ifExists();
    const name = this.name();
    if (object === 'check' || object === 'constraint') {
      const enforced = !this.eatWord('NOT');
      this.needWords('ENFORCED');
      return { action: 'alter check', name, enforced };
    }
    if (object !== '') return { action: 'alter visibility', object: 'key', name, visible: this.visible() };
    if (this.eatWords('DROP', 'DEFAULT')) return { action: 'alter default', name };
    this.needWords('SET');
    if (!this.eatWord('DEFAULT')) {
      return { action: 'alter visibility', object: 'column', name, visible: this.visible() };
    }
    return { action: 'alter default', name, default: this.definitionExpr() };
  }

  private visible(): boolean {
    if (this.eatOneOf('INVISIBLE', 'IGNORED') !== '') return false;
    if (!this.eatWords('NOT', 'IGNORED')) this.needWords('VISIBLE');
    return true;
  }

  private convertAction(): AlterAction {
    if (this.upper(1) !== 'TO') return this.convertPartition();
    this.needWords('CONVERT', 'TO');
    if (!this.eatWord('CHARSET')) this.needWords('CHARACTER', 'SET');
    const charset = this.charsetName();
    const collation = this.eatWord('COLLATE') ? this.charsetName() : undefined;
    return { action: 'convert charset', charset, ...(collation !== undefined && { collation }) };
  }

  /** MariaDB: a partition becomes a table, or the other way round. */
  private convertPartition(): AlterAction {
    this.needWords('CONVERT');
    if (this.eatWord('TABLE')) {
      const table = this.plainTableName();
      this.needWords('TO');
      return { action: 'convert table to partition', table, partition: this.partition() };
    }
    this.needWords('PARTITION');
    const name = this.name();
    this.needWords('TO', 'TABLE');
    return { action: 'convert partition to table', name, table: this.plainTableName() };
  }

  private switchAction(): AlterAction | undefined {
    if (this.eatWords('ENABLE', 'KEYS')) return { action: 'keys', enabled: true };
    if (this.eatWords('DISABLE', 'KEYS')) return { action: 'keys', enabled: false };
    if (this.eatWords('WITH', 'VALIDATION')) return { action: 'validation', enabled: true };
    if (this.eatWords('WITHOUT', 'VALIDATION')) return { action: 'validation', enabled: false };
    if (this.eatWords('DISCARD', 'TABLESPACE')) return { action: 'tablespace', operation: 'discard' };
    if (this.eatWords('IMPORT', 'TABLESPACE')) return { action: 'tablespace', operation: 'import' };
    return undefined;
  }

  private optionsAction(): AlterAction {
    const options = [this.option()];
    while (!this.at(',') && !this.atStatementEnd() && !this.at('PARTITION')) options.push(this.option());
    return { action: 'options', options };
  }

  // ---- partitions

  private partitionAction(): PartitionAction | undefined {
    if (this.at('PARTITION')) return { action: 'partition by', partitioning: this.partitioning() };
    if (this.eatWords('REMOVE', 'PARTITIONING')) return { action: 'remove partitioning' };
    if (this.upper(1) !== 'PARTITION') return undefined;
    if (this.eatWords('COALESCE', 'PARTITION')) {
      this.binlogWords();
      return { action: 'coalesce partition', count: this.number() };
    }
    if (this.eatWords('REORGANIZE', 'PARTITION')) return this.reorganize();
    if (this.eatWords('EXCHANGE', 'PARTITION')) return this.exchange();
    const space = this.eatOneOf('DISCARD', 'IMPORT');
    if (space !== '') {
      const names = this.partitionNames();
      this.needWords('TABLESPACE');
      return { action: 'partition tablespace', operation: space, names };
    }
    return this.maintenance();
  }

  private maintenance(): PartitionAction | undefined {
    const verb = this.eatOneOf('TRUNCATE', 'ANALYZE', 'CHECK', 'OPTIMIZE', 'REBUILD', 'REPAIR');
    if (verb === '') return undefined;
    const names = this.partitionNames();
    const options: string[] = [];
    for (; !this.at(',') && !this.atStatementEnd(); this.skip()) options.push(this.text().toLowerCase());
    return { action: `${verb satisfies Maintenance} partition`, names, options };
  }

  /** Behind the verb: empty for ALL. */
  private partitionNames(): string[] {
    this.needWords('PARTITION');
    this.binlogWords();
    return this.eatWord('ALL') ? [] : this.names();
  }

  private binlogWords(): void {
    while (this.eatOneOf('NO_WRITE_TO_BINLOG', 'LOCAL') !== '');
  }

  private addPartition(): PartitionAction {
    this.needWords('PARTITION');
    const ifNotExists = this.ifNotExists();
    this.binlogWords();
    if (this.eatWord('PARTITIONS')) {
      return { action: 'add partition', partitions: [], count: this.number(), ifNotExists };
    }
    return { action: 'add partition', partitions: this.partitionList(), ifNotExists };
  }

  private reorganize(): PartitionAction {
    this.binlogWords();
    const names = this.isName() ? this.names() : [];
    const into = this.eatWord('INTO') ? this.partitionList() : [];
    return { action: 'reorganize partition', names, into };
  }

  private exchange(): PartitionAction {
    const name = this.name();
    this.needWords('WITH', 'TABLE');
    const table = this.plainTableName();
    const word = this.eatOneOf('WITH', 'WITHOUT');
    if (word !== '') this.needWords('VALIDATION');
    return { action: 'exchange partition', name, table, ...(word !== '' && { validation: word === 'with' }) };
  }
}
