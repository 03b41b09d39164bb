import type { Keyspace, SrvVSchema } from '@vitess-ts/proto/vschema';
import { VtError } from '@vitess-ts/vterrors';
import type { VindexRegistry } from '../create-vindex';
import { builtinVindexes } from '../create-vindex';
import { buildKeyspace } from './keyspace-builder';
import { VSchema } from './vschema';

/** What `ApplyVSchema` must know before it stores a vschema. */
export interface VSchemaReport {
  /** The vschema cannot be used. */
  errors: string[];
  /** It can, but says something that has no effect: reported, and refused in strict mode. */
  warnings: string[];
}

/**
 * Checks a keyspace's vschema. With `others` (the rest of the cluster's vschema) sequences and sources in other
 * keyspaces are checked too.
 */
export function validateKeyspace(
  name: string,
  keyspace: Keyspace,
  others?: SrvVSchema,
  registry: VindexRegistry = builtinVindexes,
): VSchemaReport {
  const report: VSchemaReport = { errors: [], warnings: [] };
  try {
    const built = buildKeyspace(name, keyspace, registry);
    for (const vindex of built.vindexes.values()) {
      for (const param of vindex.unknownParams) {
        report.warnings.push(`vindex ${vindex.name} (${vindex.type}): unknown param '${param}'`);
      }
    }
  } catch (err) {
    if (!(err instanceof VtError)) throw err;
    report.errors.push(err.message);
    return report;
  }
  if (others) {
    const whole = { ...others, keyspaces: { ...others.keyspaces, [name]: keyspace } };
    const error = VSchema.build(whole, registry).keyspaces.get(name)?.error;
    if (error) report.errors.push(error.message);
  }
  if (!keyspace.sharded && Object.keys(keyspace.vindexes).length > 0) {
    report.warnings.push('the keyspace is not sharded: its vindexes have no effect');
  }
  return report;
}
