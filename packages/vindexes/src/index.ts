export * from './vindex';
export type { VindexFactory, VindexRegistry } from './create-vindex';
export { builtinVindexes, createVindex } from './create-vindex';
