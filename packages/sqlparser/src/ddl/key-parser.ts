import { PartitionParser } from './partition-parser';
import type { KeyDefinition, KeyPart, KeyType } from './table-definition';

/** Keys as CREATE TABLE, ALTER TABLE and CREATE INDEX define them. */
export abstract class KeyParser extends PartitionParser {
  /** Whether a key or constraint, not a column, is defined here. */
  protected isKeyStart(): boolean {
    switch (this.upper()) {
      case 'CONSTRAINT':
      case 'PRIMARY':
      case 'UNIQUE':
      case 'FOREIGN':
      case 'FULLTEXT':
      case 'SPATIAL':
      case 'KEY':
      case 'INDEX':
      case 'CHECK':
        return true;
      default:
        return false;
    }
  }

  /** A key without the CONSTRAINT before it, whose name is given. */
  protected key(constraint: string | undefined): KeyDefinition {
    const type = this.keyType();
    this.ifNotExists();
    const name = this.isKeyName() ? this.name() : undefined;
    const key: KeyDefinition = { type, columns: [] };
    const known = type === 'foreign' ? (constraint ?? name) : (name ?? constraint);
    if (type !== 'primary' && known !== undefined) key.name = known;
    this.keyBody(key);
    return key;
  }

  private isKeyName(): boolean {
    return this.isName() && !(this.upper() === 'TYPE' && this.upper(1) !== '');
  }

  private keyType(): KeyType {
    if (this.eatWords('PRIMARY', 'KEY')) return 'primary';
    if (this.eatWords('FOREIGN', 'KEY')) return 'foreign';
    const type = this.eatOneOf('UNIQUE', 'FULLTEXT', 'SPATIAL');
    const word = this.eatOneOf('KEY', 'INDEX');
    if (type === '' && word === '') this.fail();
    return type === '' ? 'index' : type;
  }

  /** What follows a key's name: its parts and options. */
  protected keyBody(key: KeyDefinition): void {
    this.keyUsing(key);
    key.columns = this.parenthesised(() => this.keyParts(key));
    if (key.type === 'foreign') key.references = this.reference();
    else while (this.keyOption(key));
  }

  private keyParts(key: KeyDefinition): KeyPart[] {
    const parts: KeyPart[] = [];
    do {
      if (this.upper(1) === 'WITHOUT') {
        key.withoutOverlaps = this.name();
        this.needWords('WITHOUT', 'OVERLAPS');
      } else parts.push(this.keyPart());
    } while (this.eat(','));
    return parts;
  }

  private keyPart(): KeyPart {
    const part: KeyPart = { desc: false };
    if (this.at('(')) part.expr = this.parenthesised(() => this.definitionExpr());
    else {
      part.name = this.name();
      if (this.at('(')) part.length = this.parenthesised(() => this.number());
    }
    if (this.eatWord('DESC')) part.desc = true;
    else this.eatWord('ASC');
    return part;
  }

  protected keyUsing(key: KeyDefinition): boolean {
    if (!this.eatWord('USING') && !this.eatWord('TYPE')) return false;
    const using = this.eatOneOf('BTREE', 'HASH', 'RTREE');
    if (using === '') this.fail();
    key.using = using;
    return true;
  }

  private keyOption(key: KeyDefinition): boolean {
    if (this.at(',') || this.at(')') || this.atStatementEnd()) return false;
    if (this.keyUsing(key)) return true;
    const hidden = this.eatOneOf('INVISIBLE', 'IGNORED');
    if (hidden !== '' || this.eatWord('VISIBLE') || this.eatWords('NOT', 'IGNORED')) {
      key.visible = hidden === '';
      return true;
    }
    if (this.eatWords('WITH', 'PARSER')) {
      key.parser = this.name();
      return true;
    }
    // behind CREATE INDEX
    if (this.at('LOCK') || this.at('ALGORITHM')) return false;
    if (this.eatWord('WAIT') || this.eatWord('NOWAIT')) return true;
    const { name, value } = this.option();
    if (name === 'COMMENT') key.comment = value;
    else if (name === 'KEY_BLOCK_SIZE') key.keyBlockSize = Number(value);
    return true;
  }
}
