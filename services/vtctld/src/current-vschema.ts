import { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import { isNoNode, type TopoServer } from '@vitess-ts/topo';

/** The vschema of a keyspace; an empty one when it has none. */
export async function currentVSchema(
  topo: TopoServer,
  keyspace: string,
  signal: AbortSignal,
): Promise<VSchema> {
  try {
    return await topo.getVSchema(keyspace, signal);
  } catch (error) {
    if (isNoNode(error)) return VSchema.create();
    throw error;
  }
}
