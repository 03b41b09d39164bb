export * from './type';
export * from './field';
export * from './lenenc';
export * from './row-batch';
export * from './result';
export * from './bind-variable';
export * from './proto3';
