export { formatTarget, parseTarget, type TargetString } from '@vitess-ts/key';
