import { get } from 'node:http';
import { Exit } from '../options';
import { isAlive, readState, type TabletInfo } from '../state-file';

interface ComponentStatus {
  name: string;
  address: string;
  serving: boolean;
}

/** Prints the state of the cluster in a data directory; resolves to the exit code. */
export async function status(dataDir: string, json: boolean, print: (line: string) => void): Promise<number> {
  const state = readState(dataDir);
  if (state === undefined || !isAlive(state.supervisor)) {
    print(json ? JSON.stringify({ running: false }) : `no cluster is running in ${dataDir}`);
    return Exit.NOT_RUNNING;
  }
  const { info } = state;
  const components: { name: string; address: string }[] = [
    { name: 'vtctld', address: info.vtctld.http },
    { name: 'vtgate', address: info.vtgate.http },
    ...info.tablets.map((t) => ({ name: `vttablet ${describe(t)}`, address: t.http })),
  ];
  const statuses: ComponentStatus[] = await Promise.all(
    components.map(async (c) => ({ ...c, serving: await isHealthy(c.address) })),
  );
  const allServing = statuses.every((s) => s.serving);
  if (json) {
    print(JSON.stringify({ running: true, serving: allServing, components: statuses, info }));
  } else {
    for (const s of statuses)
      print(`${s.serving ? 'serving     ' : 'NOT SERVING '} ${s.name}  http://${s.address}`);
  }
  return allServing ? Exit.OK : Exit.FAILED;
}

function describe(tablet: TabletInfo): string {
  return `${tablet.alias} ${tablet.keyspace}/${tablet.shard} ${tablet.type}`;
}

function isHealthy(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`http://${address}/debug/health`, { timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 2 s')));
    request.on('error', () => resolve(false));
  });
}
