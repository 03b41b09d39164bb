export type * from './ast/node';
export type * from './ast/query';
export type * from './ast/dml';
export type * from './ast/ddl';
export type * from './ast/statement';
