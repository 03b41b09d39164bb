export { runCli } from './cli';
export type { Output } from './command';
export { VtctldClient } from './vtctld-client';
