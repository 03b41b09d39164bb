import { TabletType, type Tablet } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';

/** Which replicas have to acknowledge a transaction before its client hears of it. */
interface DurabilityPolicy {
  /** How many replicas must acknowledge. */
  ackers: number;
  /** Whether a replica's acknowledgement counts: it then replicates semi-synchronously. */
  isAcker(primary: Tablet, replica: Tablet): boolean;
}

const isReplica = ({ type }: Tablet): boolean => type === TabletType.REPLICA;
const isReplicaOrRdonly = ({ type }: Tablet): boolean =>
  type === TabletType.REPLICA || type === TabletType.RDONLY;
const inOtherCell = (primary: Tablet, replica: Tablet): boolean =>
  primary.alias?.cell !== replica.alias?.cell;

const policies: ReadonlyMap<string, DurabilityPolicy> = new Map<string, DurabilityPolicy>([
  ['none', { ackers: 0, isAcker: () => false }],
  ['semi_sync', { ackers: 1, isAcker: (_, replica) => isReplica(replica) }],
  ['semi_sync_with_rdonly_ack', { ackers: 1, isAcker: (_, replica) => isReplicaOrRdonly(replica) }],
  [
    'cross_cell',
    { ackers: 1, isAcker: (primary, replica) => isReplica(replica) && inOtherCell(primary, replica) },
  ],
  [
    'cross_cell_with_rdonly_ack',
    { ackers: 1, isAcker: (primary, replica) => isReplicaOrRdonly(replica) && inOtherCell(primary, replica) },
  ],
]);

/** INVALID_ARGUMENT for a name that is none; '' is `none`. */
export function durabilityPolicy(name: string): DurabilityPolicy {
  const policy = policies.get(name === '' ? 'none' : name);
  if (policy) return policy;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `durability policy ${JSON.stringify(name)} does not exist: use one of ${[...policies.keys()].join(', ')}`,
  );
}
