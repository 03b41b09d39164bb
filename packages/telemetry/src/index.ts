export { Histogram, Timing, timingBounds, Timings } from './histogram';
export { Counter, Gauge, snakeCase } from './metrics';
export type { CounterVec, GaugeVec, Metric } from './metrics';
export * from './process-metrics';
export * from './query-log';
export * from './registry';
export * from './sql-comment';
export * from './traceparent';
export * from './tracer';
