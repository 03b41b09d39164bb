export * from './code';
export * from './errors';
