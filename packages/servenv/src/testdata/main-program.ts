import { bool, defineOptions, processOptions, runMain, UsageError } from '../index';

/** A main program for the tests of `runMain`: it says on stdout what happens to it. */
void runMain({
  name: 'sample',
  version: '1.2.3',
  options: defineOptions({
    ...processOptions,
    crash: bool({ default: false, help: 'throw from a timer' }),
    reject: bool({ default: false, help: 'leave a promise rejected' }),
    refuse: bool({ default: false, help: 'refuse the options' }),
    finish: bool({ default: false, help: 'end by itself' }),
  }),
  create({ options, finish }) {
    if (options.refuse) throw new UsageError('crash and refuse exclude each other');
    const alive = setInterval(() => undefined, 1000);
    return {
      async start() {
        process.stdout.write('started\n');
        if (options.crash)
          setImmediate(() => {
            throw new Error('from a timer');
          });
        if (options.reject) void Promise.reject(new Error('from a promise'));
        if (options.finish) setImmediate(finish);
      },
      async stop() {
        clearInterval(alive);
        process.stdout.write('stopped\n');
      },
    };
  },
});
