import type { TabletHealth } from '@vitess-ts/discovery';
import { noConnection } from '@vitess-ts/queryservice';
import { Code, VtError } from '@vitess-ts/vterrors';

export interface BackendVersion {
  /** As the server reports it: `10.11.6-MariaDB-0+deb12u1`, `8.4.6`. */
  version: string;
  flavor: 'mariadb' | 'mysql';
}

/** While no tablet says what it is: the oldest server that is supported. */
export const assumedBackend: Readonly<BackendVersion> = Object.freeze({
  version: '10.11.0-MariaDB',
  flavor: 'mariadb',
});

/**
 * Asks a serving tablet what its server is: clients must not be promised what it cannot do. Rejects with UNAVAILABLE
 * when none serves.
 */
export async function askBackendVersion(
  tablets: readonly TabletHealth[],
  signal: AbortSignal,
): Promise<BackendVersion> {
  const tablet = tablets.find((t) => t.serving);
  if (tablet === undefined)
    throw new VtError(Code.UNAVAILABLE, 'no tablet serves that could say its version');
  const query = { sql: 'select @@version, @@version_comment', bindVariables: {} };
  const result = await tablet.queryService.execute(
    { signal },
    { ...tablet.target, cell: '' },
    query,
    noConnection,
  );
  const [version, comment] =
    result.rows.length === 1 ? result.rows.row(0).map((v) => v?.toString('utf8') ?? '') : [''];
  if (version === '') throw new VtError(Code.INTERNAL, `tablet ${tablet.alias} gave no version`);
  return { version, flavor: flavorOf(`${version} ${comment}`) };
}

/** MySQL calls itself nothing in particular; MariaDB has its name in every version. */
export function flavorOf(version: string): 'mariadb' | 'mysql' {
  return /mariadb/i.test(version) ? 'mariadb' : 'mysql';
}
