import type {
  Expr,
  IsolationLevel,
  SetItem,
  SetTransaction,
  SetVariable,
  SetVariables,
  Statement,
  VariableScope,
} from '../ast';
import { Token } from '../lexer/token';
import { DmlParser } from './dml-parser';

const scopes: Partial<Record<string, VariableScope>> = {
  GLOBAL: 'global',
  SESSION: 'session',
  LOCAL: 'session',
  PERSIST: 'persist',
  PERSIST_ONLY: 'persist_only',
  VITESS_METADATA: 'vitess_metadata',
};

/** SET in its forms. */
export abstract class SetParser extends DmlParser {
  abstract statement(): Statement;
  protected abstract otherAdmin(): Statement;

  protected set(): Statement {
    const { start } = this;
    if (this.isOtherSet()) return this.otherAdmin();
    this.need('SET');
    if (this.at('STATEMENT')) return this.setStatement(start);
    const scope = scopes[this.word];
    if (this.atAhead(scope ? 1 : 0, 'TRANSACTION')) return this.setTransaction(start, scope);
    const items = this.setItems();
    return { kind: 'set', items, start, end: this.lastEnd } satisfies SetVariables;
  }

  /** SET PASSWORD, SET ROLE, SET DEFAULT ROLE, SET RESOURCE GROUP. */
  private isOtherSet(): boolean {
    const next = this.upper(1);
    if (this.atAhead(2, '=') || this.atAhead(2, ':=')) return false;
    return next === 'PASSWORD' || next === 'ROLE' || next === 'RESOURCE' || next === 'DEFAULT';
  }

  private setStatement(start: number): Statement {
    this.need('STATEMENT');
    const variables = this.list(() => this.setVariable(undefined));
    this.need('FOR');
    if (this.atEnd() || this.at(';')) this.fail();
    return { kind: 'setStatement', variables, statement: this.statement(), start, end: this.lastEnd };
  }

  private setTransaction(start: number, scope: VariableScope | undefined): SetTransaction {
    if (scope) this.skip();
    if (scope && scope !== 'global' && scope !== 'session') this.fail();
    this.need('TRANSACTION');
    const node: SetTransaction = { kind: 'setTransaction', start };
    if (scope === 'global' || scope === 'session') node.scope = scope;
    do {
      if (this.eat('ISOLATION')) {
        this.need('LEVEL');
        node.isolation = this.isolationLevel();
      } else {
        this.need('READ');
        node.access = this.needAny(['ONLY', 'WRITE']) === 'ONLY' ? 'read only' : 'read write';
      }
    } while (this.eat(','));
    node.end = this.lastEnd;
    return node;
  }

  private isolationLevel(): IsolationLevel {
    if (this.eat('SERIALIZABLE')) return 'serializable';
    if (this.eat2('REPEATABLE', 'READ')) return 'repeatable read';
    this.need('READ');
    return this.needAny(['COMMITTED', 'UNCOMMITTED']) === 'COMMITTED' ? 'read committed' : 'read uncommitted';
  }

  private setItems(): SetItem[] {
    // a scope holds for the assignments behind it, too, until the next one
    let scope: VariableScope | undefined;
    return this.list(() => {
      const own = scopes[this.word];
      if (own && !this.atAhead(1, '=') && !this.atAhead(1, ':=')) {
        scope = own;
        this.skip();
      }
      return this.setItem(scope);
    });
  }

  private setItem(scope: VariableScope | undefined): SetItem {
    const { start } = this;
    if (this.at('NAMES') && !this.atAhead(1, '=')) return this.setNames();
    if (this.at('CHARSET') || this.at('CHARACTER')) {
      if (!this.eat('CHARSET')) {
        this.need('CHARACTER');
        this.need('SET');
      }
      if (this.eat('DEFAULT')) return { kind: 'setCharacterSet', start, end: this.lastEnd };
      return { kind: 'setCharacterSet', charset: this.charsetName(), start, end: this.lastEnd };
    }
    if (this.type === Token.USER_VAR) {
      const target = this.userVariable();
      if (!this.eat('=')) this.need(':=');
      return { kind: 'setUserVariable', target, value: this.expr(), start, end: this.lastEnd };
    }
    return this.setVariable(scope);
  }

  private setNames(): SetItem {
    const { start } = this;
    this.need('NAMES');
    if (this.eat('DEFAULT')) return { kind: 'setNames', start, end: this.lastEnd };
    const charset = this.charsetName();
    if (!this.eat('COLLATE')) return { kind: 'setNames', charset, start, end: this.lastEnd };
    return { kind: 'setNames', charset, collation: this.charsetName(), start, end: this.lastEnd };
  }

  private setVariable(scope: VariableScope | undefined): SetVariable {
    const { start } = this;
    const node: SetVariable = { kind: 'setVariable', name: '', value: { kind: 'default' }, start };
    if (this.type === Token.SYSTEM_VAR) {
      const variable = this.operand();
      if (variable.kind !== 'systemVar') this.fail();
      node.name = variable.name;
      if (variable.scope) node.scope = variable.scope;
    } else {
      const parts = [this.name()];
      while (this.eat('.')) parts.push(this.anyName());
      node.name = parts.join('.').toLowerCase();
      if (scope) node.scope = scope;
    }
    if (!this.eat('=')) this.need(':=');
    node.value = this.setValue();
    node.end = this.lastEnd;
    return node;
  }

  /** A value; bare words such as ON or utf8mb4 are keywords, not columns. */
  private setValue(): Expr {
    const { start } = this;
    if (['ON', 'ALL', 'BINARY', 'ROW', 'SYSTEM'].includes(this.word)) {
      const word = this.word.toLowerCase();
      this.skip();
      return { kind: 'keyword', word, start, end: this.lastEnd };
    }
    const value = this.expr();
    if (value.kind !== 'column' || value.table !== undefined) return value;
    return { kind: 'keyword', word: value.name, start, end: this.lastEnd };
  }
}
