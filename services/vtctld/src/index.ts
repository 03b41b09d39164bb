export { Vtctld, type VtctldConfig } from './vtctld';
export { AuditLog } from './audit/audit-log';
export { auditHandlers, vtctldHandlers } from './vtctld-handlers';
export type { VtctldContext, VtctldHandlers } from './context';
export type { TabletManager } from './tablet-manager';
export { durabilityPolicy } from './durability';
export { createTabletManagerClient as createTabletManager } from '@vitess-ts/tmclient';
export { vtctldOptions } from './options';
