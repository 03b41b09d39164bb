import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import type { CallContext, Handlers } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import {
  fullRequest,
  type RequestOf,
  type ResponseOf,
  type StreamName,
  type UnaryName,
  type VtctldCalls,
} from './vtctld-calls';

type AnyHandler = (request: unknown, context: CallContext) => unknown;

/** Calls the handlers of a vtctld of this process. */
export class LocalVtctld implements VtctldCalls {
  /** @param context what handlers are told of each call: its `signal` and deadline limit them. */
  constructor(
    private readonly handlers: Handlers<typeof VtctldService>,
    private readonly context: CallContext,
    private readonly onClose: () => Promise<void> = () => Promise.resolve(),
  ) {}

  async call<M extends UnaryName>(name: M, request: Partial<RequestOf<M>> = {}): Promise<ResponseOf<M>> {
    return (await this.handler(name)(fullRequest(name, request), this.context)) as ResponseOf<M>;
  }

  async *stream<M extends StreamName>(
    name: M,
    request: Partial<RequestOf<M>> = {},
  ): AsyncIterable<ResponseOf<M>> {
    yield* this.handler(name)(fullRequest(name, request), this.context) as AsyncIterable<ResponseOf<M>>;
  }

  close(): Promise<void> {
    return this.onClose();
  }

  private handler(name: keyof typeof VtctldService): AnyHandler {
    const handler = this.handlers[name] as AnyHandler | undefined;
    if (handler) return handler;
    throw new VtError(Code.UNIMPLEMENTED, `${VtctldService[name].path} is not implemented`);
  }
}
