import { unreachable } from '@vitess-ts/base';
import type {
  AlterMigration,
  AlterVschema,
  Assignment,
  DdlStatement,
  Delete,
  Insert,
  Statement,
  TableExpr,
  Update,
  VindexSpec,
} from '../ast';
import { AdminPrinter } from './admin-printer';
import { quoteName } from './quote';

/** Whole statements. Those that keep their text print it. */
export class StatementPrinter extends AdminPrinter {
  statement(statement: Statement): void {
    switch (statement.kind) {
      case 'select':
      case 'setOperation':
      case 'values':
      case 'tableQuery':
      case 'nested':
        return this.query(statement);
      case 'insert':
        return this.insert(statement);
      case 'update':
        return this.update(statement);
      case 'delete':
        return this.delete(statement);
      case 'ddl':
      case 'alterVschema':
      case 'alterMigration':
      case 'revertMigration':
        return this.ddl(statement);
      default:
        return this.admin(statement);
    }
  }

  printTable(table: TableExpr): void {
    this.table(table);
  }

  private insert(insert: Insert): void {
    this.write(insert.verb);
    this.comments(insert.comments);
    if (insert.priority) this.write(` ${insert.priority}`);
    if (insert.ignore) this.write(' ignore');
    this.write(' into ');
    this.tableName(insert.table);
    if (insert.partitions.length > 0) {
      this.write(' partition ');
      this.names(insert.partitions);
    }
    if (insert.columns.length > 0) {
      this.write(' ');
      this.names(insert.columns);
    }
    this.write(' ');
    if (insert.source.kind === 'rows') {
      this.write('values ');
      this.list(insert.source.rows, (row) => this.inParentheses(() => this.exprs(row)));
    } else {
      const query = insert.source;
      this.nested(() => this.query(query));
    }
    if (insert.rowAlias) {
      this.write(` as ${quoteName(insert.rowAlias.table)}`);
      if (insert.rowAlias.columns.length > 0) this.names(insert.rowAlias.columns);
    }
    if (insert.onDuplicate.length > 0) {
      this.write(' on duplicate key update ');
      this.assignments(insert.onDuplicate);
    }
    this.returning(insert.returning);
  }

  private returning(items: Insert['returning']): void {
    if (items.length === 0) return;
    this.write(' returning ');
    this.selectItems(items);
  }

  private assignments(assignments: readonly Assignment[]): void {
    this.list(assignments, ({ column, value }) => {
      this.column(column);
      this.write(' = ');
      this.expr(value);
    });
  }

  private update(update: Update): void {
    if (update.with) this.with(update.with);
    this.write('update');
    this.comments(update.comments);
    if (update.lowPriority) this.write(' low_priority');
    if (update.ignore) this.write(' ignore');
    this.write(update.tables.length > 0 ? ' ' : ' dual');
    this.list(update.tables, (table) => this.table(table));
    this.write(' set ');
    this.assignments(update.assignments);
    this.whereOrderLimit(update);
  }

  private whereOrderLimit(statement: Update | Delete): void {
    if (statement.where) {
      this.write(' where ');
      this.expr(statement.where);
    }
    this.orderBy(statement.orderBy);
    this.limit(statement.limit);
  }

  private delete(statement: Delete): void {
    if (statement.with) this.with(statement.with);
    this.write('delete');
    this.comments(statement.comments);
    if (statement.lowPriority) this.write(' low_priority');
    if (statement.quick) this.write(' quick');
    if (statement.ignore) this.write(' ignore');
    if (statement.history) this.write(' history');
    if (statement.targets.length > 0) {
      this.write(' ');
      this.list(statement.targets, (table) => this.tableName(table));
    }
    this.write(statement.tables.length > 0 ? ' from ' : ' from dual');
    this.list(statement.tables, (table) => this.table(table));
    if (statement.history?.before) {
      this.write(' before system_time');
      this.timePoint(statement.history.before);
    }
    this.whereOrderLimit(statement);
    this.returning(statement.returning);
  }

  private ddl(statement: DdlStatement): void {
    switch (statement.kind) {
      case 'ddl':
        return this.write(statement.text);
      case 'alterVschema':
        return this.alterVschema(statement);
      case 'alterMigration':
        return this.alterMigration(statement);
      case 'revertMigration':
        this.write('revert');
        this.comments(statement.comments);
        this.write(' vitess_migration ');
        return this.string(statement.uuid);
      default:
        return unreachable(statement);
    }
  }

  private alterVschema(node: AlterVschema): void {
    this.write('alter vschema ');
    const { action } = node;
    switch (action) {
      case 'create vindex':
        this.write('create vindex ');
        this.tableName(node.table);
        return this.vindexSpec(node.vindex);
      case 'add vindex':
        this.onTable(node, 'add vindex ', node.vindex?.name);
        this.write(' ');
        this.names(node.columns);
        return this.vindexSpec(node.vindex);
      case 'drop column vindex':
        return this.onTable(node, 'drop vindex ', node.vindex?.name);
      case 'add auto_increment':
        this.onTable(node, 'add auto_increment ', node.autoIncrement?.column);
        this.write(' using ');
        return this.tableName(node.autoIncrement?.sequence ?? { name: '' });
      case 'drop auto_increment':
        return this.onTable(node, 'drop auto_increment', undefined);
      case 'drop vindex':
      case 'add table':
      case 'drop table':
      case 'add sequence':
      case 'drop sequence':
        this.write(`${action} `);
        return this.tableName(node.table);
      default:
        return unreachable(action);
    }
  }

  private onTable(node: AlterVschema, action: string, name: string | undefined): void {
    this.write('on ');
    this.tableName(node.table);
    this.write(` ${action}`);
    if (name !== undefined) this.name(name);
  }

  private vindexSpec(spec: VindexSpec | undefined): void {
    if (spec?.type !== undefined) this.write(` using ${quoteName(spec.type)}`);
    if (!spec || spec.params.length === 0) return;
    this.write(' with ');
    this.list(spec.params, ([key, value]) => {
      this.write(`${quoteName(key)}=`);
      this.string(value);
    });
  }

  private alterMigration(node: AlterMigration): void {
    this.write('alter vitess_migration ');
    if (node.uuid !== undefined) {
      this.string(node.uuid);
      this.write(' ');
    }
    this.write(node.action === 'set cut-over threshold' ? 'cutover_threshold ' : node.action);
    if (node.shards !== undefined) {
      this.write(' vitess_shards ');
      this.string(node.shards);
    }
    if (node.expire !== undefined) {
      if (node.action !== 'set cut-over threshold') this.write(' expire ');
      this.string(node.expire);
    }
    if (node.ratio !== undefined) this.write(` ratio ${node.ratio}`);
  }
}
