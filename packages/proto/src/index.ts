export * from './descriptor-image';
export * from './invalid-proto-value';
export * from './proto-json';
export * from './tablet-alias';
export * from './tablet-type';
