import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMain, UsageError, type MainContext, type Service } from '@vitess-ts/servenv';
import { openTopoByOptions, type OpenedTopo } from '@vitess-ts/topo';
import { mysqlListener } from './mysqlfront/mysql-options';
import { tabletTypesOf, vtgateOptions } from './options';
import { VtGate, type VtGateConfig } from './vtgate';

const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
  version: string;
};

type Context = MainContext<typeof vtgateOptions.specs>;

/** Leaves time to free what is left when the grace of the process is over. */
const DRAIN_SHARE = 0.8;

/** The gate as a process of its own. */
class VtGateService implements Service {
  private readonly gate = new VtGate();
  private topo?: OpenedTopo;

  constructor(private readonly context: Context) {}

  async start(signal: AbortSignal): Promise<void> {
    const { options } = this.context;
    this.topo = await openTopoByOptions(options);
    await this.gate.start(await configOf(this.context, this.topo), signal);
  }

  lameduck(): void {
    this.gate.lameduck();
  }

  async stop(): Promise<void> {
    await this.gate.stop(this.context.options.ontermTimeoutMs * DRAIN_SHARE);
    await this.topo?.close();
  }
}

async function configOf({ options, log, report }: Context, { topo }: OpenedTopo): Promise<VtGateConfig> {
  return {
    cell: options.cell,
    transactionMode: options.transactionMode,
    commitCrashFile: options.twopcCrashFile || undefined,
    cellsToWatch: options.cellsToWatch,
    keyspacesToWatch: options.keyspacesToWatch,
    vschemaDdlAuthorizedUsers: options.vschemaDdlAuthorizedUsers,
    tabletTypesToWait: tabletTypesOf(options.tabletTypesToWait),
    topo,
    log,
    report,
    version,
    mysql: await mysqlListener(options),
    grpc: options.grpcPort === 0 ? undefined : { host: options.grpcBindAddress, port: options.grpcPort },
    http: options.port === 0 ? undefined : { host: options.bindAddress, port: options.port },
    queryLog: {
      file: options.logQueriesToFile === '' ? undefined : options.logQueriesToFile,
      format: options.querylogFormat,
      redact: options.redactDebugUiQueries,
      filter: {
        tag: options.querylogFilterTag,
        errorsOnly: options.querylogMode === 'error',
        minRows: options.querylogRowThreshold,
        minTotalMs: options.querylogTimeThresholdMs,
        sampleRate: options.querylogSampleRate,
      },
    },
    lag: {
      lowLagSeconds: Math.floor(options.discoveryLowReplicationLagMs / 1000),
      highLagSeconds: Math.floor(options.discoveryHighReplicationLagMinimumServingMs / 1000),
      minTablets: options.minNumberServingVttablets,
    },
    limits: {
      queryTimeoutMs: options.queryTimeoutMs,
      maxMemoryRows: options.maxMemoryRows,
      noScatter: options.noScatter,
      scratchMaxRows: options.scratchMaxRows,
      scratchMaxBytes: options.scratchMaxBytes,
      scratchMaxConcurrent: options.scratchMaxConcurrent,
      spillDirectory: options.spillDirectory,
      spillMaxBytes: options.spillMaxBytes,
      planCacheBytes: options.gateQueryCacheMemory,
      initialTabletWaitMs: options.gatewayInitialTabletTimeoutMs,
    },
  };
}

void runMain({
  name: 'vtgate',
  version,
  options: vtgateOptions,
  create: (context) => {
    if (context.options.cell === '') throw new UsageError('--cell is needed');
    return new VtGateService(context);
  },
});
