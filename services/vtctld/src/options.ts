import { defineOptions, port, processOptions, str } from '@vitess-ts/servenv';
import { topoOptions } from '@vitess-ts/topo';

/** The flags of vtctld. */
export const vtctldOptions = defineOptions({
  ...processOptions,
  bindAddress: str({ default: '127.0.0.1', help: 'address that the gRPC and HTTP servers bind' }),
  grpcPort: port({ default: 15999, help: 'gRPC port; 0 takes any free one' }),
  port: port({ default: 15000, help: 'HTTP port; 0 takes any free one' }),
  ...topoOptions,
  // vtctld owns the embedded store; the others reach it through vtctld.
  topoImplementation: { ...topoOptions.topoImplementation, default: 'file' },
});
