export { remoteVtctld, runCli, type Connector } from './cli';
export type { Output } from './command';
export { commands } from './commands';
export { LocalVtctld } from './local-vtctld';
export { resultTable } from './result-table';
export type { VtctldCalls } from './vtctld-calls';
export { VtctldClient } from './vtctld-client';
