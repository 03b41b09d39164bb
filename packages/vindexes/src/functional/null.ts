import type { FunctionalType } from './functional-vindex';

/** Keyspace id 00 for every value, so that a table lies in the first shard whole. Meant for tests and small tables. */
export const nullVindex: FunctionalType = {
  type: 'null',
  cost: 100,
  sameness: 'constant',
  make: () => ({ hash: () => Buffer.from([0]) }),
};
