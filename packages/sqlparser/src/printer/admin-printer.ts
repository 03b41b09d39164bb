import { unreachable } from '@vitess-ts/base';
import type {
  AdminStatement,
  Call,
  Commit,
  Explain,
  Rollback,
  SetItem,
  SetTransaction,
  Statement,
} from '../ast';
import { QueryPrinter } from './query-printer';
import { quoteName, quoteVariable } from './quote';

/** Administrative statements. */
export abstract class AdminPrinter extends QueryPrinter {
  abstract statement(statement: Statement): void;

  protected admin(statement: AdminStatement): void {
    switch (statement.kind) {
      case 'show':
      case 'describe':
      case 'flush':
      case 'loadData':
      case 'tableAdmin':
      case 'otherAdmin':
        return this.write(statement.text);
      case 'commentOnly':
        return this.write(statement.comments.join(' '));
      case 'use':
        return this.write(statement.target === '' ? 'use' : `use ${quoteName(statement.target)}`);
      case 'set':
      case 'setTransaction':
      case 'setStatement':
        return this.set(statement);
      case 'explain':
      case 'explainConnection':
      case 'vexplain':
        return this.explain(statement);
      case 'begin':
      case 'commit':
      case 'rollback':
      case 'savepoint':
      case 'rollbackTo':
      case 'releaseSavepoint':
        return this.transaction(statement);
      default:
        return this.command(statement);
    }
  }

  private set(statement: Extract<AdminStatement, { kind: 'set' | 'setTransaction' | 'setStatement' }>): void {
    switch (statement.kind) {
      case 'set':
        this.write('set ');
        return this.list(statement.items, (item) => this.setItem(item));
      case 'setTransaction':
        return this.setTransaction(statement);
      case 'setStatement':
        this.write('set statement ');
        this.list(statement.variables, (item) => this.setItem(item));
        this.write(' for ');
        return this.statement(statement.statement);
      default:
        return unreachable(statement);
    }
  }

  private setItem(item: SetItem): void {
    switch (item.kind) {
      case 'setNames':
        this.write(`names ${item.charset === undefined ? 'default' : quoteName(item.charset)}`);
        return item.collation === undefined ? undefined : this.write(` collate ${quoteName(item.collation)}`);
      case 'setCharacterSet':
        return this.write(
          `character set ${item.charset === undefined ? 'default' : quoteName(item.charset)}`,
        );
      case 'setUserVariable':
        this.expr(item.target);
        break;
      case 'setVariable':
        this.write(item.scope ? `@@${item.scope}.${quoteVariable(item.name)}` : variableName(item.name));
        break;
      default:
        return unreachable(item);
    }
    this.write(' = ');
    this.expr(item.value);
  }

  private setTransaction(statement: SetTransaction): void {
    this.write(`set ${statement.scope ? `${statement.scope} ` : ''}transaction `);
    const characteristics = [];
    if (statement.isolation) characteristics.push(`isolation level ${statement.isolation}`);
    if (statement.access) characteristics.push(statement.access);
    this.write(characteristics.join(', '));
  }

  private explain(
    statement: Extract<AdminStatement, { kind: 'explain' | 'explainConnection' | 'vexplain' }>,
  ): void {
    switch (statement.kind) {
      case 'explain':
        this.write(`explain ${explainOptions(statement)}`);
        return this.statement(statement.statement);
      case 'explainConnection':
        this.write(`explain ${statement.format === undefined ? '' : `format=${statement.format} `}`);
        return this.write(`for connection ${statement.connectionId}`);
      case 'vexplain':
        this.write('vexplain');
        this.comments(statement.comments);
        this.write(` ${statement.type} `);
        return this.statement(statement.statement);
      default:
        return unreachable(statement);
    }
  }

  private transaction(
    statement: Extract<
      AdminStatement,
      { kind: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'rollbackTo' | 'releaseSavepoint' }
    >,
  ): void {
    switch (statement.kind) {
      case 'begin': {
        const characteristics = [];
        if (statement.consistentSnapshot) characteristics.push('with consistent snapshot');
        if (statement.access) characteristics.push(statement.access);
        const list = characteristics.join(', ');
        return this.write(list === '' ? 'begin' : `start transaction ${list}`);
      }
      case 'commit':
      case 'rollback':
        return this.write(statement.kind + completion(statement));
      case 'savepoint':
        return this.write(`savepoint ${quoteName(statement.name)}`);
      case 'rollbackTo':
        return this.write(`rollback to ${quoteName(statement.name)}`);
      case 'releaseSavepoint':
        return this.write(`release savepoint ${quoteName(statement.name)}`);
      default:
        return unreachable(statement);
    }
  }

  private procedureName({ procedure, package: packageName }: Call): void {
    if (packageName === undefined) return this.tableName(procedure);
    this.tableName({ ...procedure, name: packageName });
    this.write(`.${quoteName(procedure.name)}`);
  }

  private command(
    statement: Extract<
      AdminStatement,
      {
        kind:
          | 'lockTables'
          | 'unlockTables'
          | 'kill'
          | 'call'
          | 'prepare'
          | 'execute'
          | 'deallocate'
          | 'do'
          | 'vstream';
      }
    >,
  ): void {
    switch (statement.kind) {
      case 'lockTables':
        this.write('lock tables ');
        this.list(statement.tables, ({ table, alias, lock }) => {
          this.tableName(table);
          this.write(`${alias === undefined ? '' : ` as ${quoteName(alias)}`} ${lock}`);
        });
        if (statement.wait === 'nowait') return this.write(' nowait');
        return this.write(statement.wait === undefined ? '' : ` wait ${statement.wait}`);
      case 'unlockTables':
        return this.write('unlock tables');
      case 'kill':
        this.write(`kill ${statement.type} `);
        return this.expr(statement.id);
      case 'call':
        this.write('call ');
        this.procedureName(statement);
        return this.inParentheses(() => this.exprs(statement.args));
      case 'prepare':
        this.write(`prepare ${quoteName(statement.name)} from `);
        return this.expr(statement.source);
      case 'execute':
        this.write(`execute ${quoteName(statement.name)}`);
        if (statement.using.length > 0) this.write(' using ');
        return this.exprs(statement.using);
      case 'deallocate':
        return this.write(`deallocate prepare ${quoteName(statement.name)}`);
      case 'do':
        this.write('do ');
        return this.exprs(statement.exprs);
      case 'vstream':
        this.write('vstream * from ');
        this.tableName(statement.table);
        if (statement.where) {
          this.write(' where ');
          this.expr(statement.where);
        }
        return this.limit(statement.limit);
      default:
        return unreachable(statement);
    }
  }
}

function explainOptions({ analyze, option, format }: Explain): string {
  let text = analyze ? 'analyze ' : '';
  if (option) text += `${option} `;
  return format === undefined ? text : `${text}format=${format} `;
}

function completion({ chain, release }: Commit | Rollback): string {
  let text = '';
  if (chain !== undefined) text += chain ? ' and chain' : ' and no chain';
  if (release !== undefined) text += release ? ' release' : ' no release';
  return text;
}

function variableName(name: string): string {
  return name.split('.').map(quoteName).join('.');
}
