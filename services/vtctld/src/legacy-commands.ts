import { Level } from '@vitess-ts/proto/logutil';
import type { AuditService } from '@vitess-ts/proto/vtaudit';
import type { VtctlService } from '@vitess-ts/proto/vtctlservice';
import type { ExecuteVtctlCommandResponse } from '@vitess-ts/proto/vtctldata';
import { ExitCode, type Handlers } from '@vitess-ts/servenv';
import { LocalVtctld, runCli } from '@vitess-ts/vtctlcommands';
import { Code, VtError } from '@vitess-ts/vterrors';
import { timeOf, type VtctldHandlers } from './context';
import { modernCommand } from './legacy-command-lines';

const standardTimeoutMs = 3_600_000;
const longestCommandLine = 1_000;

/**
 * Runs a command line as `vtctl` would, for clients of the first vtctl protocol: its output comes as log events of the
 * console level, what went wrong as errors; the call fails when the command does.
 */
export function legacyHandlers(
  handlers: VtctldHandlers,
  audit: Handlers<typeof AuditService>,
): Handlers<typeof VtctlService> {
  return {
    async *executeVtctlCommand({ args, actionTimeout }, context): AsyncIterable<ExecuteVtctlCommandResponse> {
      if (args.length > longestCommandLine) {
        throw new VtError(Code.INVALID_ARGUMENT, `a command line has at most ${longestCommandLine} words`);
      }
      const events: ExecuteVtctlCommandResponse[] = [];
      let errors = '';
      const event = (level: Level, value: string): void => {
        events.push({ event: { time: timeOf(Date.now()), level, file: '', line: 0n, value } });
      };
      // `actionTimeout` is in nanoseconds.
      const timeoutMs = actionTimeout > 0n ? Number(actionTimeout) / 1e6 : standardTimeoutMs;
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(Math.min(timeoutMs, 2 ** 31 - 1))]);
      const local = new LocalVtctld(handlers, audit, { ...context, signal });
      const code = await runCli(
        modernCommand(args),
        {},
        {
          out: (text) => event(Level.CONSOLE, text),
          err: (text) => {
            errors += text;
            event(Level.ERROR, text.trimEnd());
          },
        },
        { options: {}, connect: () => Promise.resolve(local) },
      );
      yield* events;
      if (code === ExitCode.OK) return;
      throw new VtError(
        code === ExitCode.USAGE ? Code.INVALID_ARGUMENT : Code.UNKNOWN,
        errors.trim() || `the command ended with ${code}`,
      );
    },
  };
}
