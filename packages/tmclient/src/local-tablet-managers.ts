import { assert, childSignal, withDeadline } from '@vitess-ts/base';
import { tabletAliasString } from '@vitess-ts/proto';
import { TabletManagerService } from '@vitess-ts/proto/tabletmanagerservice';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import { Code, codeOf, fromServiceError, SqlError, toServiceError, VtError } from '@vitess-ts/vterrors';
import type { MethodName, TabletManagerCallOptions, TabletManagerServer } from './tablet-manager';

/**
 * The tablets of this process, which clients of the same process call without a connection. Requests and answers are
 * copied as the wire would, so that neither side sees the other change an object, and errors arrive as they would.
 */
export class LocalTabletManagers {
  private readonly managers = new Map<string, TabletManagerServer>();

  /** Adds a tablet; the returned function takes it off. */
  register(alias: TabletAlias, manager: TabletManagerServer): () => void {
    const key = tabletAliasString(alias);
    assert(!this.managers.has(key), `tablet ${key} is registered already`);
    this.managers.set(key, manager);
    return () => {
      if (this.managers.get(key) === manager) this.managers.delete(key);
    };
  }

  get(alias: TabletAlias | undefined): TabletManagerServer | undefined {
    return alias && this.managers.get(tabletAliasString(alias));
  }
}

type AnyHandler = (request: unknown, context: { signal: AbortSignal }) => unknown;

/** A method with its types erased: the callers of this file keep request and method together. */
interface AnyMethod {
  path: string;
  requestSerialize(value: unknown): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(value: unknown): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}

const methodOf = (name: MethodName): AnyMethod => TabletManagerService[name] as unknown as AnyMethod;

function handlerOf(manager: TabletManagerServer, name: MethodName): AnyHandler {
  const handler = manager[name] as AnyHandler | undefined;
  if (!handler) throw new VtError(Code.UNIMPLEMENTED, `${methodOf(name).path} is not implemented`);
  return handler.bind(manager);
}

export async function callLocal(
  manager: TabletManagerServer,
  name: MethodName,
  request: unknown,
  { signal, timeoutMs }: TabletManagerCallOptions,
): Promise<unknown> {
  const method = methodOf(name);
  try {
    const handler = handlerOf(manager, name);
    const copy = method.requestDeserialize(method.requestSerialize(request));
    const answer = await withDeadline(signal, timeoutMs, async (inner) => handler(copy, { signal: inner }));
    return method.responseDeserialize(method.responseSerialize(answer));
  } catch (error) {
    throw asReceived(error);
  }
}

export async function* streamLocal(
  manager: TabletManagerServer,
  name: MethodName,
  request: unknown,
  { signal, timeoutMs }: TabletManagerCallOptions,
): AsyncGenerator<unknown, void, undefined> {
  const method = methodOf(name);
  const child = childSignal(signal, timeoutMs);
  try {
    const handler = handlerOf(manager, name);
    const copy = method.requestDeserialize(method.requestSerialize(request));
    const answers = (handler(copy, { signal: child.signal }) as AsyncIterable<unknown>)[
      Symbol.asyncIterator
    ]();
    try {
      for (;;) {
        const next = await withDeadline(child.signal, undefined, () => answers.next());
        if (next.done) return;
        yield method.responseDeserialize(method.responseSerialize(next.value));
      }
    } finally {
      child.abort(new VtError(Code.CANCELED, 'the caller ended the call'));
      // Not awaited: an implementation that does not listen to its signal would hold the caller.
      answers.return?.().catch(() => undefined);
    }
  } catch (error) {
    throw asReceived(error);
  } finally {
    child.dispose();
  }
}

/** The error that a client would have received for it. */
function asReceived(error: unknown): VtError | SqlError {
  if (error instanceof VtError || error instanceof SqlError) return error;
  if (codeOf(error) !== Code.UNKNOWN && error instanceof Error) {
    return new VtError(codeOf(error), error.message, { cause: error });
  }
  return fromServiceError(toServiceError(error));
}
