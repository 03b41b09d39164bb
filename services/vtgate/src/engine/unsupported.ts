import { Code, VtError } from '@vitess-ts/vterrors';

/** Says what cannot be run over several shards and what the caller can do instead. */
export function unsupported(what: string, advice: string): VtError {
  return new VtError(Code.UNIMPLEMENTED, `unsupported: ${what}; ${advice}`, {
    id: 'VT12001',
    errno: 1235,
    sqlstate: '42000',
  });
}
