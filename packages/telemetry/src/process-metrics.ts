import type { MetricsRegistry } from './registry';

/** Memory, processor time and age of this process, under the names that Prometheus tools know. */
export function registerProcessMetrics(registry: MetricsRegistry): void {
  registry.gaugeFunc('ProcessResidentMemoryBytes', 'Resident memory in bytes', () =>
    process.memoryUsage.rss(),
  );
  registry.gaugeFunc(
    'ProcessHeapBytes',
    'JavaScript heap in use, in bytes',
    () => process.memoryUsage().heapUsed,
  );
  registry.counterFunc('ProcessCpuSeconds', 'User and system processor time in seconds', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  registry.gaugeFunc('Uptime', 'Seconds since the process started', () => process.uptime());
}
