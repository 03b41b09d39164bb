export type { CompiledExpr, Predicate } from './compile';
export { compileExpr, compilePredicate } from './compile';
export type { ArgumentType, ExprEnvironment, ExprOptions } from './environment';
