import type { Target } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import { FakeTablet } from '../fake-tablet.contract';
import { TransactionOwners } from './transaction-owners';

const target: Target = { keyspace: 'ks', shard: '0', tabletType: TabletType.PRIMARY, cell: '' };
const transaction = (id: bigint) => ({ transactionId: id, reservedId: 0n });

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Ids of transactions and reserved connections that were ended when the grace of a stream that has left is over. */
async function endedAfterLeaving(
  owners: TransactionOwners,
  tablet: FakeTablet,
  owner: object,
): Promise<unknown[]> {
  owners.left(owner);
  await jest.advanceTimersByTimeAsync(100);
  return tablet.calls.map((c) => [c.method, ...c.args]);
}

test('what a stream has opened ends with it', async () => {
  const tablet = new FakeTablet();
  const owners = new TransactionOwners(tablet, 100);
  const stream = {};
  owners.opened(stream, target, transaction(1n));
  owners.opened(stream, target, transaction(2n));
  owners.opened(stream, target, { transactionId: 0n, reservedId: 3n });
  owners.opened({}, target, transaction(4n));
  owners.ended(stream, target, 2n, 0n);
  expect(await endedAfterLeaving(owners, tablet, stream)).toEqual([
    ['rollback', 1n],
    ['release', { transactionId: 0n, reservedId: 3n }],
  ]);
});

test('what another stream uses goes on', async () => {
  const tablet = new FakeTablet();
  const owners = new TransactionOwners(tablet, 100);
  const [first, second] = [{}, {}];
  owners.opened(first, target, transaction(1n));
  owners.left(first);
  owners.used(second, transaction(1n));
  expect(await endedAfterLeaving(owners, tablet, first)).toEqual([]);
  expect(await endedAfterLeaving(owners, tablet, second)).toEqual([['rollback', 1n]]);
});

test('a reserved connection goes on under a new id after its transaction', async () => {
  const tablet = new FakeTablet();
  const owners = new TransactionOwners(tablet, 100);
  const stream = {};
  owners.opened(stream, target, { transactionId: 1n, reservedId: 1n });
  owners.ended(stream, target, 1n, 2n);
  expect(await endedAfterLeaving(owners, tablet, stream)).toEqual([
    ['release', { transactionId: 0n, reservedId: 2n }],
  ]);
});
