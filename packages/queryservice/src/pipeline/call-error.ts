import { CallError } from '@vitess-ts/proto/vtpipeline';
import { fromWireError, toCode, toWireError, type SqlError, type VtError } from '@vitess-ts/vterrors';

export function encodeCallError(error: unknown): Uint8Array {
  const { code, message, id = '', errno = 0, sqlstate = '' } = toWireError(error);
  return CallError.encode({ code, message, id, errno, sqlstate }).finish();
}

export function decodeCallError(bytes: Uint8Array): VtError | SqlError {
  return callErrorOf(CallError.decode(bytes));
}

export function callErrorOf({ code, message, id, errno, sqlstate }: CallError): VtError | SqlError {
  return fromWireError({
    code: toCode(code),
    message,
    id: id === '' ? undefined : id,
    errno: errno === 0 ? undefined : errno,
    sqlstate: sqlstate === '' ? undefined : sqlstate,
  });
}
