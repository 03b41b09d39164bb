export { LocalTabletManagers } from './local-tablet-managers';
export * from './tablet-manager';
export * from './tablet-manager-client';
