import { CanceledError, DeadlineExceededError, PoolClosedError, PoolTimeoutError } from '@vitess-ts/base';
import { InvalidProtoValue } from '@vitess-ts/proto';
import { Code } from './code';
import { codeOf } from './code-of';
import { SqlError, VtError } from './errors';

describe('codeOf', () => {
  it.each([
    [new VtError(Code.CLUSTER_EVENT, 'x'), Code.CLUSTER_EVENT],
    [new SqlError(1062, '23000', 'x'), Code.ALREADY_EXISTS],
    [new SqlError(1062, '23000', 'x', { code: Code.ABORTED }), Code.ABORTED],
    [new DeadlineExceededError('x'), Code.DEADLINE_EXCEEDED],
    [new CanceledError('x'), Code.CANCELED],
    [new PoolTimeoutError(5), Code.RESOURCE_EXHAUSTED],
    [new PoolClosedError(), Code.UNAVAILABLE],
    [new Error('x'), Code.UNKNOWN],
    ['x', Code.UNKNOWN],
    [undefined, Code.UNKNOWN],
  ])('of %p is %p', (err, code) => {
    expect(codeOf(err)).toBe(code);
  });

  it('knows what an aborted signal throws', () => {
    const thrown = (signal: AbortSignal): unknown => {
      try {
        signal.throwIfAborted();
      } catch (err) {
        return err;
      }
      return undefined;
    };
    expect(codeOf(thrown(AbortSignal.abort()))).toBe(Code.CANCELED);
    expect(codeOf(new DOMException('late', 'TimeoutError'))).toBe(Code.DEADLINE_EXCEEDED);
  });

  it('knows a value that is no protobuf value', () => {
    expect(codeOf(new InvalidProtoValue('x'))).toBe(Code.INVALID_ARGUMENT);
  });
});
