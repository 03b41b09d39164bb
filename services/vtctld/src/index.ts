export { Vtctld, type VtctldConfig } from './vtctld';
export { vtctldHandlers } from './vtctld-handlers';
export type { VtctldContext, VtctldHandlers } from './context';
export type { TabletManager } from './tablet-manager';
export { durabilityPolicy } from './durability';
export { vtctldOptions } from './options';
