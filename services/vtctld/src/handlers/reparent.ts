import { EventLog, requireName, type VtctldContext, type VtctldHandlers } from '../context';
import { initShardPrimary } from '../init-shard-primary';

export function reparentHandlers(vtctld: VtctldContext): VtctldHandlers {
  return {
    async initShardPrimary(request, { signal }) {
      requireName('keyspace', request.keyspace);
      requireName('shard', request.shard);
      const events = new EventLog(vtctld.log);
      await initShardPrimary(vtctld, request, events, signal);
      return { events: events.events };
    },
  };
}
