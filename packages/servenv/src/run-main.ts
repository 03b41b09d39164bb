import { setLogVerbosity, logVerbosity } from '@grpc/grpc-js';
import { startTelemetry, type Telemetry } from '@vitess-ts/telemetry';
import { VtError } from '@vitess-ts/vterrors';
import { Lifecycle } from './lifecycle';
import { createLogger, fileSink, logLevels, stderrSink, type Logger, type LogSink } from './log';
import { duration, oneOf, str } from './option-types';
import type { OptionReport, Options, OptionSpecs, OptionValues } from './options';
import type { Service, ServiceContext } from './service';
import { ExitCode, exitCodeOf, UsageError } from './usage-error';

/** Options of every process; a component's own contain them: `defineOptions({...processOptions, ...})`. */
export const processOptions = {
  logFormat: oneOf(['json', 'text'], { default: 'json', help: 'form of log lines' }),
  logLevel: oneOf(logLevels, { default: 'info', help: 'least level that is logged' }),
  logFile: str({ default: '', help: 'file that the log is appended to, in place of stderr' }),
  lameduckPeriodMs: duration({ default: 50, help: 'how long to report not serving before stopping' }),
  ontermTimeoutMs: duration({ default: 10_000, help: 'how long stopping may take after SIGTERM' }),
} as const;

export interface MainContext<S extends OptionSpecs> extends ServiceContext {
  readonly options: OptionValues<S>;
  readonly args: readonly string[];
  /** Options as `/debug/env` shows them. */
  readonly report: readonly OptionReport[];
}

export interface MainDefinition<S extends OptionSpecs & typeof processOptions> {
  /** The component: `vtgate`. */
  name: string;
  version: string;
  /** First line of the help; `NAME [options]` when not given. */
  usage?: string;
  options: Options<S>;
  /** Makes the service. A UsageError ends with 2, a MissingPrerequisiteError with 3, any other error with 1. */
  create(context: MainContext<S>): Service | Promise<Service>;
}

/** The process that a main program runs in. */
export interface Host {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  exit(code: number): void;
}

const processHost = (): Host => ({
  argv: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  on: (event, listener) => process.on(event, listener),
  exit: (code) => process.exit(code),
});

/**
 * The whole of a main program: options, log, traces, service, signals, exit code. SIGTERM and SIGINT stop the service in
 * order; an error that nobody handles is logged and ends the process at once with 1, for its state is unknown.
 */
export async function runMain<S extends OptionSpecs & typeof processOptions>(
  definition: MainDefinition<S>,
  host: Host = processHost(),
): Promise<void> {
  const { name, version, options, usage = `${name} [options]` } = definition;
  const parsed = parse(options, name, host);
  if (!parsed) return host.exit(ExitCode.USAGE);
  if (parsed.action !== 'run') {
    host.stdout.write(parsed.action === 'help' ? options.help(usage) : `${name} ${version}\n`);
    return host.exit(ExitCode.OK);
  }
  // S extends the process options, which TypeScript does not carry through the mapped type.
  const own = parsed.values as unknown as OptionValues<typeof processOptions>;
  const sink = openLog(own.logFile, host);
  if (!sink) return host.exit(ExitCode.FAILED);
  const log = createLogger({ component: name, level: own.logLevel, format: own.logFormat, sink });
  // grpc-js prints on stderr by itself what it also gives to the caller as an error.
  setLogVerbosity(logVerbosity.NONE);
  for (const warning of parsed.warnings) log.warn(warning);
  const lifecycle = new Lifecycle({
    log,
    lameduckPeriodMs: own.lameduckPeriodMs,
    onTermTimeoutMs: own.ontermTimeoutMs,
  });
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    host.on(event, (error) => {
      log.error('nobody handled this error', { event, error });
      host.exit(ExitCode.FAILED);
    });
  }
  for (const signal of ['SIGTERM', 'SIGINT']) host.on(signal, () => lifecycle.requestStop(signal));
  log.info('starting', { version, pid: process.pid });
  let exitCode: ExitCode;
  let telemetry: Telemetry | undefined;
  try {
    telemetry = await traces(name, version, host, log);
    const service = await definition.create({
      options: parsed.values,
      args: parsed.args,
      report: parsed.report,
      log,
      fail: (error) => lifecycle.fail(error),
      finish: () => lifecycle.finish(),
    });
    exitCode = await lifecycle.run(service);
  } catch (error) {
    if (error instanceof UsageError) host.stderr.write(`${name}: ${error.message}\n`);
    else log.error('cannot start', { error });
    exitCode = exitCodeOf(error);
  }
  await telemetry?.stop();
  sink.close();
  host.exit(exitCode);
}

/** Traces go where the standard OpenTelemetry variables say; without them nothing is loaded. */
async function traces(name: string, version: string, { env }: Host, log: Logger): Promise<Telemetry> {
  const onError = (message: string): void => log.warn('traces', { message });
  try {
    return await startTelemetry({ serviceName: name, version, env, onError });
  } catch (error) {
    if (error instanceof VtError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function parse<S extends OptionSpecs>(options: Options<S>, name: string, host: Host) {
  try {
    return options.parse({ argv: host.argv, env: host.env });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    host.stderr.write(`${name}: ${error.message}\n`);
    return undefined;
  }
}

function openLog(path: string, host: Host): LogSink | undefined {
  if (path === '') return stderrSink;
  try {
    return fileSink(path);
  } catch (error) {
    host.stderr.write(`cannot open the log file ${path}: ${(error as Error).message}\n`);
    return undefined;
  }
}
