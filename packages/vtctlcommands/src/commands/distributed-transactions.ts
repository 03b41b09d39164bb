import { GetTransactionInfoResponse, GetUnresolvedTransactionsResponse } from '@vitess-ts/proto/vtctldata';
import { int, UsageError } from '@vitess-ts/servenv';
import { command, type Command } from '../command';

export const distributedTransactionCommands: Command[] = [
  command({
    name: 'DistributedTransaction',
    usage: 'list [--abandon-age|-a <seconds>] <keyspace> | get-info <dtid> | conclude <dtid>',
    short: 'Shows commits over several shards that are not ended, or ends one by force.',
    long:
      'list: those that were begun abandon-age seconds ago or earlier; 0 is the limit of the tablets. ' +
      'conclude: rolls back what is still prepared on the shards and forgets the transaction; where one shard has ' +
      'committed already, the others then lack what it has.',
    options: { abandonAge: int({ default: 0, min: 0, help: 'least age in seconds' }) },
    letters: { a: 'abandon-age' },
    args: [2, 2],
    async run(call) {
      const [what, argument] = call.args;
      switch (what) {
        case 'list':
        case 'unresolved-list': {
          const request = { keyspace: argument, abandonAge: BigInt(call.options.abandonAge) };
          const response = await call.client.call('getUnresolvedTransactions', request);
          const type = 'vtctldata.GetUnresolvedTransactionsResponse';
          return call.printJson(type, GetUnresolvedTransactionsResponse, response);
        }
        case 'get-info':
        case 'read': {
          const response = await call.client.call('getTransactionInfo', { dtid: argument });
          return call.printJson('vtctldata.GetTransactionInfoResponse', GetTransactionInfoResponse, response);
        }
        case 'conclude':
          await call.client.call('concludeTransaction', { dtid: argument, participants: [] });
          return call.print('Successfully concluded the distributed transaction');
        default:
          throw new UsageError(`${JSON.stringify(what)} is none of list, get-info, conclude`);
      }
    },
  }),
];
