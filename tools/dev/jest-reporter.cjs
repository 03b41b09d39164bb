/**
 * Prints `N passed, N failed` as the very last line of a run. The default reporter prints its own summary after
 * the other reporters, so ours waits for the exit of the process. A suite that could not be loaded counts as failed.
 */
class LastLineReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const line = `${results.numPassedTests} passed, ${failed} failed`;
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
module.exports = LastLineReporter;
