export {
  VtGate,
  type GateAddresses,
  type GateLimits,
  type ListenAddress,
  type MysqlListener,
  type VtGateConfig,
} from './vtgate';
export { readStaticUsers } from './mysqlfront/static-users';
