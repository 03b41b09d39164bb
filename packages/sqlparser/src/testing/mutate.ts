import { SqlError } from '@vitess-ts/vterrors';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';
import type { Random } from './random';

const pool = (
  'select from where and or not in between like is null as on join left using group by having order limit union all ' +
  'distinct exists case when then else end insert into values update set delete interval day with for over partition ' +
  "( ) , . * = + - / % < > | & ^ ! ~ ; 1 0.5 'x' `q` a b t @v :v ? count( sum( f( cast( convert("
).split(' ');

function tokensOf(sql: string): string[] {
  const scanner = new Scanner(sql);
  const tokens: string[] = [];
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next())
    tokens.push(sql.slice(scanner.start, scanner.end));
  return tokens;
}

/** The statement with one or two tokens dropped, doubled, swapped, replaced or put in. */
export function mutateTokens(sql: string, random: Random): string {
  const tokens = tokensOf(sql);
  for (let changes = 1 + random.below(2); changes > 0 && tokens.length > 0; changes--) {
    const at = random.below(tokens.length);
    switch (random.below(5)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, tokens[at]);
        break;
      case 2:
        tokens.splice(at, 0, random.pick(pool));
        break;
      case 3:
        tokens[at] = random.pick(pool);
        break;
      default:
        tokens.splice(at, 2, ...tokens.slice(at, at + 2).reverse());
    }
  }
  return spaced(tokens);
}

/** A blank between tokens, but none where it would tell a function from a name. */
function spaced(tokens: readonly string[]): string {
  let text = '';
  for (const [i, token] of tokens.entries()) {
    const tight = i === 0 || token === '(' || token === '.' || tokens[i - 1] === '.' || tokens[i - 1] === '(';
    text += (tight ? '' : ' ') + token;
  }
  return text;
}

/** The statement with characters changed, or cut, or joined with another's end. */
export function mutateCharacters(sql: string, other: string, random: Random): string {
  const at = random.below(sql.length + 1);
  switch (random.below(5)) {
    case 0:
      return sql.slice(0, at);
    case 1:
      return sql.slice(0, at) + String.fromCharCode(random.below(160)) + sql.slice(at + random.below(3));
    case 2:
      return sql.slice(0, at) + other.slice(random.below(other.length + 1));
    case 3:
      return (
        sql.slice(0, at) +
        random.pick(["'", '"', '`', '/*', '*/', '/*!', '(', ')', '\\', '-- ', '#', ';']) +
        sql.slice(at)
      );
    default:
      return sql.slice(0, at) + sql.slice(at + 1 + random.below(8));
  }
}

/** A statement that may be far from SQL. */
export function mutate(sql: string, other: string, random: Random): string {
  if (random.chance(0.4)) return mutateCharacters(sql, other, random);
  try {
    return mutateTokens(sql, random);
  } catch (error) {
    if (error instanceof SqlError) return mutateCharacters(sql, other, random);
    throw error;
  }
}
