import { InvalidProtoValue, jsonToMessage, messageToJson } from '@vitess-ts/proto';
import { Keyspace, RoutingRules, SrvVSchema } from '@vitess-ts/proto/vschema';
import { Code, VtError } from '@vitess-ts/vterrors';

/** JSON text of a vschema larger than this is refused: a real one is far smaller. */
const maxJsonLength = 64 * 1024 * 1024;

/**
 * Reads a keyspace's vschema from JSON (text, or parsed), as files for `ApplyVSchema` have it: names as in the
 * protocol (`column_vindexes`) or in camel case. Throws INVALID_ARGUMENT that names the field for an unknown field or
 * a value of the wrong kind.
 */
export function keyspaceFromJson(json: unknown): Keyspace {
  return Keyspace.decode(read('vschema.Keyspace', json));
}

/** The vschema as `GetVSchema` prints it: protocol names, fields that are not set left out. */
export function keyspaceToJson(keyspace: Keyspace): Record<string, unknown> {
  return write('vschema.Keyspace', Buffer.from(Keyspace.encode(keyspace).finish()));
}

export function srvVSchemaFromJson(json: unknown): SrvVSchema {
  return SrvVSchema.decode(read('vschema.SrvVSchema', json));
}

export function srvVSchemaToJson(vschema: SrvVSchema): Record<string, unknown> {
  return write('vschema.SrvVSchema', Buffer.from(SrvVSchema.encode(vschema).finish()));
}

export function routingRulesFromJson(json: unknown): RoutingRules {
  return RoutingRules.decode(read('vschema.RoutingRules', json));
}

export function routingRulesToJson(rules: RoutingRules): Record<string, unknown> {
  return write('vschema.RoutingRules', Buffer.from(RoutingRules.encode(rules).finish()));
}

function read(message: string, json: unknown): Buffer {
  try {
    return jsonToMessage(message, typeof json === 'string' ? parse(json) : json);
  } catch (err) {
    if (!(err instanceof InvalidProtoValue) && !(err instanceof SyntaxError)) throw err;
    throw new VtError(Code.INVALID_ARGUMENT, err.message, { cause: err });
  }
}

function parse(text: string): unknown {
  if (text.length > maxJsonLength) {
    throw new VtError(Code.INVALID_ARGUMENT, `the JSON is larger than ${maxJsonLength} characters`);
  }
  return JSON.parse(text);
}

function write(message: string, encoded: Buffer): Record<string, unknown> {
  return messageToJson(message, encoded, { emitUnpopulated: false });
}
