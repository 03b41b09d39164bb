import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { runCli } from '@vitess-ts/vtctlcommands';
import { vtctldOrInternal } from './internal-server';

// grpc-js prints on stderr by itself what it also gives to the caller as an error.
setLogVerbosity(logVerbosity.NONE);
const output = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
};
void runCli(process.argv.slice(2), process.env, output, vtctldOrInternal).then((code) => {
  // Not process.exit: what was written may still be on its way into a pipe.
  process.exitCode = code;
});
