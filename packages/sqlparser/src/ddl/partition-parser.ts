import { DefinitionParser } from './definition-parser';
import type {
  Partition,
  PartitionBound,
  PartitionValues,
  Partitioning,
  Subpartitioning,
} from './partition-definition';
import type { DefinitionExpr, TableOption } from './definition-value';

/** PARTITION BY and the definitions of partitions. */
export abstract class PartitionParser extends DefinitionParser {
  /** The words here are PARTITION BY. */
  protected partitioning(): Partitioning {
    this.needWords('PARTITION', 'BY');
    const partitioning: Partitioning = { ...this.partitionMethod(), partitions: [] };
    if (this.eatWord('PARTITIONS')) partitioning.count = this.number();
    if (this.eatWords('SUBPARTITION', 'BY')) {
      const method: Subpartitioning = this.hashOrKey();
      if (this.eatWord('SUBPARTITIONS')) method.count = this.number();
      partitioning.subpartitioning = method;
    }
    if (this.at('(')) partitioning.partitions = this.partitionList();
    return partitioning;
  }

  private partitionMethod() {
    if (this.eatWord('SYSTEM_TIME')) return this.systemTimeMethod();
    const method = this.eatOneOf('RANGE', 'LIST');
    if (method === '') return this.hashOrKey();
    if (this.eatWord('COLUMNS')) return { method: `${method} columns` as const, columns: this.nameList() };
    return { method, linear: false, expr: this.parenthesised(() => this.definitionExpr()) };
  }

  private hashOrKey() {
    const linear = this.eatWord('LINEAR');
    if (this.eatWord('HASH')) {
      return { method: 'hash' as const, linear, expr: this.parenthesised(() => this.definitionExpr()) };
    }
    this.needWords('KEY');
    const algorithm = this.eatWord('ALGORITHM') ? this.algorithm() : undefined;
    const columns = this.parenthesised(() => (this.at(')') ? [] : this.names()));
    return { method: 'key' as const, linear, columns, ...(algorithm !== undefined && { algorithm }) };
  }

  private algorithm(): number {
    this.eat('=');
    return this.number();
  }

  private systemTimeMethod() {
    const method: Extract<Partitioning, { method: 'system_time' }> = {
      method: 'system_time',
      auto: false,
      partitions: [],
    };
    for (;;) {
      if (this.eatWord('AUTO')) method.auto = true;
      else if (this.eatWord('LIMIT')) method.limit = this.number();
      else if (this.eatWord('INTERVAL')) {
        const { start } = this;
        this.operand();
        this.timeUnit();
        method.interval = this.sql.slice(start, this.lastEnd);
      } else if (this.eatWord('STARTS')) method.starts = this.definitionExpr().text;
      else return method;
    }
  }

  protected partitionList(): Partition[] {
    return this.parenthesised(() => this.list(() => this.partition()));
  }

  protected partition(): Partition {
    this.needWords('PARTITION');
    const name = this.name();
    const values = this.partitionValues();
    const options = this.partitionOptions();
    const subpartitions = this.at('(') ? this.parenthesised(() => this.list(() => this.subpartition())) : [];
    return { name, ...(values && { values }), options, subpartitions };
  }

  private subpartition(): Partition['subpartitions'][number] {
    this.needWords('SUBPARTITION');
    return { name: this.nameOrString(), options: this.partitionOptions() };
  }

  private partitionOptions(): TableOption[] {
    const options: TableOption[] = [];
    while (!this.at(',') && !this.at('(') && !this.at(')') && !this.atStatementEnd()) {
      options.push(this.option());
    }
    return options;
  }

  private partitionValues(): PartitionValues | undefined {
    const word = this.eatOneOf('HISTORY', 'CURRENT', 'DEFAULT');
    if (word !== '') return { type: word };
    if (!this.eatWord('VALUES')) return undefined;
    if (this.eatWords('LESS', 'THAN')) {
      if (this.eatWord('MAXVALUE')) return { type: 'less than', bounds: ['maxvalue'] };
      return { type: 'less than', bounds: this.parenthesised(() => this.list(() => this.partitionBound())) };
    }
    this.needWords('IN');
    const rows = this.parenthesised(() => this.list(() => this.valueRow()));
    return rows[0][0].expr.kind === 'default' ? { type: 'default' } : { type: 'in', rows };
  }

  private partitionBound(): PartitionBound {
    return this.eatWord('MAXVALUE') ? 'maxvalue' : this.definitionExpr();
  }

  /** A value, or one a column in parentheses. */
  private valueRow(): DefinitionExpr[] {
    const { expr, text } = this.definitionExpr();
    if (expr.kind !== 'tuple') return [{ expr, text }];
    return expr.items.map((item) => ({ expr: item, text: this.sql.slice(item.start, item.end) }));
  }
}
