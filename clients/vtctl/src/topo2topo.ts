import { bool, defineOptions, ExitCode, str, UsageError } from '@vitess-ts/servenv';
import { compareTopo, copyTopo, openTopo } from '@vitess-ts/topo';
import type { Output } from '@vitess-ts/vtctlcommands';

const side = (which: string) => ({
  implementation: str({
    default: '',
    help: `topology implementation of the ${which}: etcd2, zk2, remote or file`,
  }),
  server: str({ default: '', help: `address of the ${which}` }),
  root: str({ default: '/vitess/global', help: `path of the global records of the ${which}` }),
});
const [from, to] = [side('source'), side('destination')];

const options = defineOptions({
  fromImplementation: from.implementation,
  fromServer: from.server,
  fromRoot: from.root,
  toImplementation: to.implementation,
  toServer: to.server,
  toRoot: to.root,
  compare: bool({ default: false, help: 'compare instead of copying; exits with 1 when they differ' }),
});

/** Copies the records of one topology to another, or compares the two. Gives the exit code. */
export async function runTopo2topo(argv: readonly string[], output: Output): Promise<ExitCode> {
  try {
    const parsed = options.parse({ argv, env: {} });
    if (parsed.action !== 'run') {
      output.out(
        'Usage: topo2topo --from-implementation I --from-server S --to-implementation I --to-server S [--from-root R] [--to-root R] [--compare]\n',
      );
      return ExitCode.OK;
    }
    const o = parsed.values;
    if (o.fromImplementation === '' || o.toImplementation === '') {
      throw new UsageError('--from-implementation and --to-implementation are needed');
    }
    const source = await openTopo({
      implementation: o.fromImplementation,
      address: o.fromServer,
      root: o.fromRoot,
    });
    try {
      const target = await openTopo({
        implementation: o.toImplementation,
        address: o.toServer,
        root: o.toRoot,
      });
      try {
        if (!o.compare) output.out(`${await copyTopo(source.topo, target.topo)} records copied\n`);
        const differences = o.compare ? await compareTopo(source.topo, target.topo) : [];
        for (const line of differences) output.out(`${line}\n`);
        if (o.compare && differences.length === 0) output.out('no differences\n');
        return differences.length === 0 ? ExitCode.OK : ExitCode.FAILED;
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  } catch (error) {
    output.err(`topo2topo: ${(error as Error).message}\n`);
    return error instanceof UsageError ? ExitCode.USAGE : ExitCode.FAILED;
  }
}
