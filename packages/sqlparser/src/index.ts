export type * from './ast';
export * from './lexer/options';
export * from './lexer/split-statements';
export { literalBytes } from './lexer/values';
export { syntaxError } from './lexer/syntax-error';
export * from './normalize/normalize';
export * from './parser/parse';
export { MAX_DEPTH, MAX_HEIGHT } from './parser/cursor';
