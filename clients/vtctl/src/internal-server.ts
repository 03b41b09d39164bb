import { Code, VtError } from '@vitess-ts/vterrors';
import { silentLogger, str, type CallContext } from '@vitess-ts/servenv';
import { openTopoByOptions, topoOptions, type TopoOptionValues } from '@vitess-ts/topo';
import { LocalVtctld, remoteVtctld, type Connector } from '@vitess-ts/vtctlcommands';

/** `--server internal` works on the topology itself, as a vtctld of its own would, and needs the topology's flags. */
export const vtctldOrInternal: Connector = {
  options: {
    server: str({
      default: 'localhost:15999',
      help: 'host:port of vtctld, or "internal" to work straight on the topology that the --topo flags name',
    }),
    ...topoOptions,
    topoImplementation: { ...topoOptions.topoImplementation, default: '' },
  },
  async connect(options, timeoutMs) {
    if (options.server !== 'internal') return remoteVtctld.connect(options, timeoutMs);
    const values = options as unknown as TopoOptionValues;
    if (values.topoImplementation === '') {
      throw new VtError(
        Code.INVALID_ARGUMENT,
        '--server internal needs --topo-implementation and --topo-global-server-address',
      );
    }
    // Only here: it takes all of vtctld.
    const { AuditLog, auditHandlers, createTabletManager, vtctldHandlers } =
      await import('@vitess-ts/vtctld');
    const topo = await openTopoByOptions(values);
    const tm = createTabletManager();
    const signal = AbortSignal.timeout(Math.min(timeoutMs, 2 ** 31 - 1));
    const context: CallContext = {
      signal,
      deadlineMs: Date.now() + timeoutMs,
      peer: 'vtctl --server internal',
      trace: undefined,
      metadata: () => undefined,
    };
    const vtctld = { topo: topo.topo, tm, log: silentLogger };
    const audit = new AuditLog(silentLogger);
    const handlers = vtctldHandlers(vtctld, audit);
    return new LocalVtctld(handlers, auditHandlers(vtctld, audit), context, async () => {
      tm.close();
      await topo.close();
    });
  },
};
