import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { runCli } from './cli';

// grpc-js prints on stderr by itself what it also gives to the caller as an error.
setLogVerbosity(logVerbosity.NONE);
void runCli(process.argv.slice(2), process.env, {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}).then((code) => {
  // Not process.exit: what was written may still be on its way into a pipe.
  process.exitCode = code;
});
