import type { Partition, Partitioning, Subpartitioning } from '../ddl/partition-definition';
import type { TableOption } from '../ddl/definition-value';
import type {
  AlterAction,
  CheckDefinition,
  ColumnDefinition,
  KeyDefinition,
  KeyReference,
  TableDefinition,
} from '../ddl/table-definition';
import { quoteString } from '../printer/quote';

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const names = (list: readonly string[]): string => list.map(quote).join(', ');
const words = (...parts: (string | false | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== false && part !== '').join(' ');
const tableName = ({ keyspace, name }: { keyspace?: string; name: string }): string =>
  keyspace === undefined ? quote(name) : `${quote(keyspace)}.${quote(name)}`;

/** CREATE TABLE from its definition, as a server would take it: what is missing in the definition is missing there. */
export function renderCreateTable(table: TableDefinition, name: string): string {
  const elements = [
    ...table.columns.map(renderColumn),
    ...table.keys.map(renderKey),
    ...table.checks.map(renderCheck),
    ...table.periods.map((period) => `period for ${period.name} (${names([period.start, period.end])})`),
  ];
  return words(
    'create',
    table.orReplace && 'or replace',
    table.temporary && 'temporary',
    'table',
    table.ifNotExists && 'if not exists',
    name,
    `(${elements.join(', ')})`,
    renderOptions(table.options),
    table.systemVersioning && 'with system versioning',
    table.partitioning && renderPartitioning(table.partitioning),
  );
}

function renderColumn(column: ColumnDefinition): string {
  return words(
    quote(column.name),
    column.type,
    column.compressed && 'compressed',
    column.charset && `character set ${column.charset}`,
    column.collation && `collate ${column.collation}`,
    column.rowPeriod && `generated always as row ${column.rowPeriod}`,
    column.generatedAs && `generated always as (${column.generatedAs.text}) ${column.generated}`,
    !column.generated && !column.rowPeriod && (column.nullable ? 'null' : 'not null'),
    column.default && renderDefault(column),
    column.onUpdateNow && `on update current_timestamp(${column.length ?? 0})`,
    column.autoIncrement && 'auto_increment',
    column.invisible && 'invisible',
    column.systemVersioning !== undefined && `with${column.systemVersioning ? '' : 'out'} system versioning`,
    column.comment !== undefined && `comment ${quoteString(column.comment)}`,
    ...column.checks.map(renderCheck),
    column.references && renderReference(column.references),
  );
}

function renderDefault({ default: value, typeName }: ColumnDefinition): string {
  if (!value) return '';
  if ('expression' in value) return `default ${value.text}`;
  if (value.literal === null) return 'default null';
  return `default ${/int|dec|float|double|bit|bool/.test(typeName) ? value.literal : quoteString(value.literal)}`;
}

function renderKey(key: KeyDefinition): string {
  const kind =
    { primary: 'primary key', foreign: 'foreign key', index: 'key' }[key.type as 'index'] ??
    `${key.type} key`;
  const parts = key.columns.map((part) =>
    words(
      part.name === undefined ? `(${part.expr?.text})` : quote(part.name),
      part.length !== undefined && `(${part.length})`,
      part.desc && 'desc',
    ),
  );
  if (key.withoutOverlaps !== undefined) parts.push(`${key.withoutOverlaps} without overlaps`);
  return words(
    key.type === 'foreign' && key.name !== undefined && `constraint ${quote(key.name)}`,
    kind,
    key.type !== 'foreign' && key.name !== undefined && quote(key.name),
    `(${parts.join(', ')})`,
    key.references && renderReference(key.references),
    key.using && `using ${key.using}`,
    key.comment !== undefined && `comment ${quoteString(key.comment)}`,
    key.keyBlockSize !== undefined && `key_block_size = ${key.keyBlockSize}`,
    key.parser !== undefined && `with parser ${key.parser}`,
    key.visible === false && 'ignored',
  );
}

function renderReference({ table, columns, match, onDelete, onUpdate }: KeyReference): string {
  return words(
    `references ${tableName(table)} (${names(columns)})`,
    match && `match ${match}`,
    onDelete && `on delete ${onDelete}`,
    onUpdate && `on update ${onUpdate}`,
  );
}

function renderCheck({ name, condition }: CheckDefinition): string {
  return words(name !== undefined && `constraint ${quote(name)}`, `check (${condition.text})`);
}

function renderOptions(options: readonly TableOption[]): string {
  return options
    .map(({ name, value }) =>
      name === 'UNION' ? `union (${value})` : `${name} = ${optionValue(name, value)}`,
    )
    .join(' ');
}

function optionValue(name: string, value: string): string {
  return /COMMENT|DIRECTORY|CONNECTION|PASSWORD|COMPRESSION|ENCRYPT/.test(name) ? quoteString(value) : value;
}

function renderPartitioning(by: Partitioning): string {
  return words(
    'partition by',
    renderMethod(by),
    by.count !== undefined && `partitions ${by.count}`,
    by.subpartitioning && `subpartition by ${renderMethod(by.subpartitioning)}`,
    by.subpartitioning?.count !== undefined && `subpartitions ${by.subpartitioning.count}`,
    by.partitions.length > 0 && `(${by.partitions.map(renderPartition).join(', ')})`,
  );
}

function renderMethod(by: Partitioning | Subpartitioning): string {
  switch (by.method) {
    case 'range columns':
    case 'list columns':
      return `${by.method} (${names(by.columns)})`;
    case 'key': {
      const algorithm = by.algorithm !== undefined && `algorithm = ${by.algorithm}`;
      return words(by.linear && 'linear', 'key', algorithm, `(${names(by.columns)})`);
    }
    case 'system_time':
      return words(
        by.method,
        by.interval !== undefined && `interval ${by.interval}`,
        by.starts !== undefined && `starts ${by.starts}`,
        by.limit !== undefined && `limit ${by.limit}`,
        by.auto && 'auto',
      );
    default:
      return words(by.linear && 'linear', by.method, `(${by.expr.text})`);
  }
}

function renderPartition({ name, values, options, subpartitions }: Partition): string {
  const inner = subpartitions.map((sub) =>
    words('subpartition', quote(sub.name), renderOptions(sub.options)),
  );
  return words(
    'partition',
    quote(name),
    values && renderValues(values),
    renderOptions(options),
    inner.length > 0 && `(${inner.join(', ')})`,
  );
}

function renderValues(values: NonNullable<Partition['values']>): string {
  switch (values.type) {
    case 'less than':
      return `values less than (${values.bounds.map((x) => (x === 'maxvalue' ? x : x.text)).join(', ')})`;
    case 'in': {
      const rows = values.rows.map((row) => row.map(({ text }) => text).join(', '));
      return `values in (${rows.map((text, i) => (values.rows[i].length > 1 ? `(${text})` : text)).join(', ')})`;
    }
    default:
      return values.type;
  }
}

/** One action of an ALTER TABLE, as text. */
export function renderAction(action: AlterAction): string {
  switch (action.action) {
    case 'add column':
    case 'modify column':
    case 'change column': {
      const { position } = action;
      return words(
        action.action,
        'ifNotExists' in action && action.ifNotExists && 'if not exists',
        'ifExists' in action && action.ifExists && 'if exists',
        action.action === 'change column' && quote(action.from),
        renderColumn(action.column),
        position && ('first' in position ? 'first' : `after ${quote(position.after)}`),
      );
    }
    case 'drop column':
    case 'drop constraint':
      return words(action.action, action.ifExists && 'if exists', quote(action.name));
    case 'rename column':
    case 'rename key':
      return `${action.action} ${quote(action.from)} to ${quote(action.to)}`;
    case 'alter default':
      return `alter ${quote(action.name)} ${action.default ? `set default ${action.default.text}` : 'drop default'}`;
    case 'alter visibility':
      return `alter index ${quote(action.name)} ${action.visible ? 'not ' : ''}ignored`;
    case 'add key':
      return `add ${renderKey(action.key)}`;
    case 'drop key': {
      const kind = { primary: 'primary key', foreign: 'foreign key' }[action.type as 'primary'] ?? 'key';
      return words(
        'drop',
        kind,
        action.ifExists && 'if exists',
        action.name !== undefined && quote(action.name),
      );
    }
    case 'add check':
      return `add ${renderCheck(action.check)}`;
    case 'rename table':
      return `rename to ${tableName(action.to)}`;
    case 'convert charset':
      return words(
        `convert to character set ${action.charset}`,
        action.collation !== undefined && `collate ${action.collation}`,
      );
    case 'options':
      return renderOptions(action.options);
    case 'order by':
      return `order by ${names(action.columns)}`;
    case 'keys':
      return `${action.enabled ? 'enable' : 'disable'} keys`;
    case 'algorithm':
    case 'lock':
      return `${action.action} = ${action.value}`;
    case 'force':
      return 'force';
    case 'add period':
      return `add period for ${action.period.name} (${names([action.period.start, action.period.end])})`;
    case 'drop period':
      return `drop period for ${action.name}`;
    case 'system versioning':
      return `${action.enabled ? 'add' : 'drop'} system versioning`;
    default:
      return renderPartitionAction(action);
  }
}

function renderPartitionAction(action: AlterAction): string {
  switch (action.action) {
    case 'partition by':
      return renderPartitioning(action.partitioning);
    case 'remove partitioning':
      return 'remove partitioning';
    case 'add partition':
      return action.count === undefined
        ? `add partition (${action.partitions.map(renderPartition).join(', ')})`
        : `add partition partitions ${action.count}`;
    case 'drop partition':
      return words('drop partition', action.ifExists && 'if exists', names(action.names));
    case 'reorganize partition':
      return words(
        action.action,
        names(action.names),
        action.into.length > 0 && `into (${action.into.map(renderPartition).join(', ')})`,
      );
    case 'coalesce partition':
      return `coalesce partition ${action.count}`;
    case 'convert partition to table':
      return `convert partition ${quote(action.name)} to table ${tableName(action.table)}`;
    case 'convert table to partition':
      return `convert table ${tableName(action.table)} to ${renderPartition(action.partition)}`;
    case 'exchange partition':
      return `exchange partition ${quote(action.name)} with table ${tableName(action.table)}`;
    default:
      if (!('names' in action)) throw new Error(`nothing to write ${action.action} as`);
      return words(action.action, action.names.length > 0 ? names(action.names) : 'all');
  }
}
