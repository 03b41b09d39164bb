import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { runMain, type Service } from '@vitess-ts/servenv';
import { openTopoByOptions } from '@vitess-ts/topo';
import { readUsersFile } from './http/access';
import { vtctldOptions } from './options';
import { Vtctld } from './vtctld';

const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
  version: string;
};

void runMain({
  name: 'vtctld',
  version,
  options: vtctldOptions,
  async create({ options, log, report }): Promise<Service> {
    const { topoImplementation, topoGlobalServerAddress, topoGlobalRoot } = options;
    const topo = await openTopoByOptions(options);
    const vtctld = new Vtctld({
      host: options.bindAddress,
      grpcPort: options.grpcPort,
      port: options.port,
      topo,
      topoDescription: `${topoImplementation} ${topoGlobalServerAddress} ${topoGlobalRoot}`,
      log,
      version,
      access: {
        users: options.httpUsersFile === '' ? undefined : readUsersFile(options.httpUsersFile),
        readOnly: options.httpReadOnly,
      },
      vtgateGrpcAddress: options.vtgateGrpcAddress || undefined,
      auditLogFile: options.auditLogFile,
      report,
    });
    return {
      start: () => vtctld.start(),
      lameduck: () => vtctld.lameduck(),
      stop: async () => {
        await vtctld.stop();
        await topo.close();
      },
    };
  },
});
