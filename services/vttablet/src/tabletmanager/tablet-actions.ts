import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '@vitess-ts/base';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { tabletAliasString } from '@vitess-ts/proto';
import type { ExecuteHookRequest, ExecuteHookResponse } from '@vitess-ts/proto/tabletmanagerdata';
import type { TabletManagerServer } from '@vitess-ts/tmclient';
import type { TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { readPermissions } from './permissions';
import type { TypeChanger } from './type-changer';

export interface TabletActionParts {
  topo: TopoServer;
  types: TypeChanger;
  /** Programs that ExecuteHook may run; '' for none. */
  hookDir: string;
  withDba<T>(run: (connection: MysqlConnection) => Promise<T>): Promise<T>;
}

/** Vitess's numbers for a hook that was not run. */
const hookMissing = 1_000_001n;
const hookNotStarted = 1_000_004n;
const longestOutputBytes = 1024 * 1024;

/** RPCs that neither query nor replicate: tags, hooks, accounts, and doing nothing for a while. */
export function tabletActions(parts: TabletActionParts): TabletManagerServer {
  const { topo, types, hookDir, withDba } = parts;
  return {
    sleep: async ({ duration }, { signal }) => {
      await sleep(Number(duration) / 1e6, signal);
      return {};
    },
    changeTags: async ({ tags, replace }, { signal }) => {
      const { alias } = types.tablet;
      if (!alias) throw new VtError(Code.FAILED_PRECONDITION, 'the tablet has no record yet');
      const changed = await topo.updateTabletFields(
        alias,
        (record) => {
          const merged = replace ? { ...tags } : { ...record.tags, ...tags };
          record.tags = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
        },
        signal,
      );
      await types.refresh(signal);
      return { tags: changed.tags };
    },
    getPermissions: async () => ({ permissions: await withDba(readPermissions) }),
    executeHook: (request, { signal }) =>
      runHook(hookDir, request, { TABLET_ALIAS: tabletAliasString(types.tablet.alias) }, signal),
  };
}

async function runHook(
  dir: string,
  { name, parameters, extraEnv }: ExecuteHookRequest,
  ownEnv: Record<string, string>,
  signal: AbortSignal,
): Promise<ExecuteHookResponse> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
    throw new VtError(Code.INVALID_ARGUMENT, 'the name of a hook has no path');
  }
  const file = join(dir, name);
  const isThere =
    dir !== '' &&
    (await stat(file)
      .then((found) => found.isFile())
      .catch(() => false));
  if (!isThere) {
    return {
      exitStatus: hookMissing,
      stdout: '',
      stderr: `missing hook ${dir === '' ? name : file}: put a program there, and name the folder by --hook-dir\n`,
    };
  }
  return new Promise((resolve) => {
    const child = spawn(file, parameters, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...extraEnv, ...ownEnv },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (output[stream].length < longestOutputBytes) output[stream] += text;
      });
    }
    child.once('error', (error) =>
      resolve({ ...output, exitStatus: hookNotStarted, stderr: `${output.stderr}${error.message}\n` }),
    );
    child.once('close', (code) => resolve({ ...output, exitStatus: BigInt(code ?? -1) }));
  });
}
