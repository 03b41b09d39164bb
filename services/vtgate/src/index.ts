export type { GateLimits } from './gate-limits';
export { VtGate, type GateAddresses, type ListenAddress, type VtGateConfig } from './vtgate';
export type { MysqlListener } from './mysqlfront/mysql-options';
export { readStaticUsers } from './mysqlfront/static-users';
export { buildPlan } from './planner/build-plan';
export type { BuildPlan, Plan, PlanningContext } from './planner/plan';
