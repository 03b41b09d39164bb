export type { GateLimits } from './gate-limits';
export {
  VtGate,
  type GateAddresses,
  type ListenAddress,
  type MysqlListener,
  type VtGateConfig,
} from './vtgate';
export { readStaticUsers } from './mysqlfront/static-users';
export { buildPlan } from './planner/build-plan';
export type { BuildPlan, Plan, PlanningContext } from './planner/plan';
