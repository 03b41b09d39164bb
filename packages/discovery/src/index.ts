export * from './tablet-health';
export * from './topo-source';
export { HealthCheck, type HealthCheckOptions } from './health-check';
export type { CellPreference, LagLimits } from './healthy-tablets';
export { ServingGraph, type ServingGraphOptions } from './serving-graph';
export { TabletPicker } from './tablet-picker';
