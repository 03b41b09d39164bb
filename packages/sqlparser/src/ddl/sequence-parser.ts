import { DefinitionParser } from './definition-parser';
import type { SequenceDefinition } from './sequence-definition';

/** MariaDB's CREATE SEQUENCE and ALTER SEQUENCE. */
export class SequenceParser extends DefinitionParser {
  /** Undefined for what is neither. */
  sequenceDefinition(): SequenceDefinition | undefined {
    const action = this.eatOneOf('CREATE', 'ALTER');
    if (action === '') return undefined;
    this.hints();
    const orReplace = this.eatWords('OR', 'REPLACE');
    const temporary = this.eatWord('TEMPORARY');
    if (!this.eatWord('SEQUENCE')) return undefined;
    const conditional = action === 'create' ? this.ifNotExists() : this.ifExists();
    const { keyspace, name } = this.tableName();
    const definition: SequenceDefinition = {
      sequence: keyspace === undefined ? { name } : { keyspace, name },
      action,
      temporary,
      orReplace,
      conditional,
      options: [],
    };
    while (!this.atStatementEnd()) this.sequencePart(definition);
    return definition;
  }

  private sequencePart(definition: SequenceDefinition): void {
    const no = this.eatWord('NO');
    const word = no
      ? this.eatOneOf('MINVALUE', 'MAXVALUE', 'CACHE', 'CYCLE') || this.fail()
      : this.negated() ||
        this.eatOneOf('START', 'INCREMENT', 'MINVALUE', 'MAXVALUE', 'CACHE', 'CYCLE', 'RESTART');
    switch (word) {
      case 'cycle':
      case 'nocycle':
        definition.cycle = !no && word === 'cycle';
        break;
      case 'minvalue':
      case 'nominvalue':
        definition.minValue = no || word === 'nominvalue' ? null : this.value();
        break;
      case 'maxvalue':
      case 'nomaxvalue':
        definition.maxValue = no || word === 'nomaxvalue' ? null : this.value();
        break;
      case 'cache':
      case 'nocache':
        definition.cache = no || word === 'nocache' ? null : this.value();
        break;
      case 'start':
        definition.start = this.value('WITH');
        break;
      case 'increment':
        definition.increment = this.value('BY');
        break;
      case 'restart':
        definition.restart = this.restart();
        break;
      default:
        definition.options.push(this.option());
    }
  }

  private negated() {
    return this.eatOneOf('NOCYCLE', 'NOMINVALUE', 'NOMAXVALUE', 'NOCACHE');
  }

  private restart(): bigint | true {
    const next = this.upper();
    const valued = next === 'WITH' || next === '';
    return valued && !this.atStatementEnd() ? this.value('WITH') : true;
  }

  private value(word?: string): bigint {
    if (word === undefined || !this.eatWord(word)) this.eat('=');
    const negative = this.eat('-');
    const value = BigInt(this.integer());
    return negative ? -value : value;
  }
}
