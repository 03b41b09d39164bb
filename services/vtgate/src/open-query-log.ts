import { QueryLog, QueryLogFile, type MetricsRegistry, type QueryLogFilter } from '@vitess-ts/telemetry';
import { formatQueryRecord, type GateQueryRecord, type QueryLogFormat } from './query-log-record';

export interface QueryLogConfig {
  /** Appended to; absent: no file. */
  file?: string;
  format: QueryLogFormat;
  filter?: QueryLogFilter;
  /** Leaves literals, bind variables and error texts out. */
  redact: boolean;
}

/** The gate's query log, whoever reads it. */
export interface OpenedQueryLog {
  log: QueryLog<GateQueryRecord>;
  /** A line of the log. */
  format: (record: GateQueryRecord) => string;
  /** Resolves when the file is written to its end. */
  close(): Promise<void>;
}

/** Rejects with FAILED_PRECONDITION when the file cannot be opened. */
export async function openQueryLog(
  config: QueryLogConfig = { format: 'text', redact: false },
  registry: MetricsRegistry,
  onError: (error: unknown) => void,
): Promise<OpenedQueryLog> {
  const log = new QueryLog<GateQueryRecord>({ capacity: 0, filter: config.filter, onError });
  const format = (record: GateQueryRecord): string => formatQueryRecord(record, config.format, config.redact);
  if (config.file === undefined) return { log, format, close: () => Promise.resolve() };
  const file = await QueryLogFile.open(config.file, onError);
  registry.counterFunc('QueryLogDropped', 'Lines of the query log that were not written', () => file.dropped);
  const leave = log.subscribe((record) => file.write(format(record)));
  const close = async (): Promise<void> => {
    leave();
    await file.close();
  };
  return { log, format, close };
}
