/** The command line, the environment or a configuration file is wrong; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something that must be installed or present is missing; the message names it. */
export class MissingPrerequisiteError extends Error {
  override readonly name = 'MissingPrerequisiteError';
}

/** What a process of ours exits with. */
export const ExitCode = { OK: 0, FAILED: 1, USAGE: 2, MISSING_PREREQUISITE: 3 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return ExitCode.USAGE;
  if (error instanceof MissingPrerequisiteError) return ExitCode.MISSING_PREREQUISITE;
  return ExitCode.FAILED;
}
