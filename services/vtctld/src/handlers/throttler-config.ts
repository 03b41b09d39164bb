import { ThrottlerConfig } from '@vitess-ts/proto/topodata';
import type { UpdateThrottlerConfigRequest } from '@vitess-ts/proto/vtctldata';
import { isNoNode } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireName, type VtctldContext, type VtctldHandlers } from '../context';

const standardThreshold = 5;

export function throttlerConfigHandlers({ topo }: VtctldContext): VtctldHandlers {
  return {
    /** Changes the keyspace's record, then what each cell serves, from which tablets take it. */
    async updateThrottlerConfig(request, { signal }) {
      const { keyspace } = request;
      check(request);
      await topo.getKeyspace(requireName('keyspace', keyspace), signal);
      await topo.withKeyspaceLock(
        keyspace,
        'UpdateThrottlerConfig',
        async (lock) => {
          await lock.check(signal);
          const { throttlerConfig } = await topo.updateKeyspaceFields(
            keyspace,
            (record) => {
              record.throttlerConfig = changed(record.throttlerConfig ?? newConfig(), request);
            },
            signal,
          );
          for (const cell of await topo.getCellInfoNames(signal)) {
            const served = await topo.getSrvKeyspace(cell, keyspace, signal).catch((error: unknown) => {
              if (isNoNode(error)) return undefined;
              throw error;
            });
            if (served) await topo.updateSrvKeyspace(cell, keyspace, { ...served, throttlerConfig }, signal);
          }
        },
        { signal },
      );
      return {};
    },
  };
}

const newConfig = (): ThrottlerConfig =>
  ThrottlerConfig.create({ threshold: standardThreshold, checkAsCheckSelf: true });

function check(request: UpdateThrottlerConfigRequest): void {
  const { enable, disable, checkAsCheckSelf, checkAsCheckShard, threshold, throttledApp } = request;
  if (enable && disable) throw invalid('--enable and --disable cannot be given together');
  if (checkAsCheckSelf && checkAsCheckShard) {
    throw invalid('--check-as-check-self and --check-as-check-shard cannot be given together');
  }
  if (!(threshold >= 0)) throw invalid('the threshold must be 0 (unchanged) or more');
  if (!throttledApp || throttledApp.name === '') return;
  if (!(throttledApp.ratio >= 0 && throttledApp.ratio <= 1)) {
    throw invalid('the ratio of an app that is throttled must be from 0 to 1');
  }
}

const invalid = (why: string): VtError => new VtError(Code.INVALID_ARGUMENT, why);

function changed(config: ThrottlerConfig, request: UpdateThrottlerConfigRequest): ThrottlerConfig {
  const { metricName, threshold, throttledApp, appName } = request;
  const next = ThrottlerConfig.fromPartial(config);
  if (request.customQuerySet) {
    next.customQuery = request.customQuery;
    // What the standard threshold measures is lag; of another metric it says nothing.
    if (request.customQuery === '' && threshold === 0) next.threshold = standardThreshold;
  }
  if (threshold > 0) {
    if (metricName === '') next.threshold = threshold;
    else next.metricThresholds[metricName] = threshold;
  }
  if (request.enable) next.enabled = true;
  if (request.disable) next.enabled = false;
  if (request.checkAsCheckSelf) next.checkAsCheckSelf = true;
  if (request.checkAsCheckShard) next.checkAsCheckSelf = false;
  if (throttledApp && throttledApp.name !== '') next.throttledApps[throttledApp.name] = throttledApp;
  if (appName !== '') {
    if (request.appCheckedMetrics.length > 0) {
      next.appCheckedMetrics[appName] = { names: [...request.appCheckedMetrics] };
    } else delete next.appCheckedMetrics[appName];
  }
  return next;
}
