import type { Tablet } from '@vitess-ts/proto/topodata';
import { tabletAliasString } from '@vitess-ts/proto';
import { Code, VtError } from '@vitess-ts/vterrors';

const timeoutMs = 10_000;

/** The version that a tablet says it is, as its HTTP server shows it. */
export async function tabletVersion(tablet: Tablet, signal: AbortSignal): Promise<string> {
  const alias = tabletAliasString(tablet.alias);
  const port = tablet.portMap.vt;
  if (!port || tablet.hostname === '') {
    throw new VtError(Code.FAILED_PRECONDITION, `the record of tablet ${alias} has no HTTP address`);
  }
  const host = tablet.hostname.includes(':') ? `[${tablet.hostname}]` : tablet.hostname;
  try {
    const answer = await fetch(`http://${host}:${port}/debug/vars`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const vars = (await answer.json()) as { BuildVersion?: unknown };
    const version = vars.BuildVersion;
    if (typeof version === 'string' && version !== '') return version;
    throw new Error('its /debug/vars show no BuildVersion');
  } catch (error) {
    throw new VtError(
      Code.UNAVAILABLE,
      `tablet ${alias} does not tell its version: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
