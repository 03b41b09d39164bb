import {
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescMessage,
  type FileRegistry,
  type JsonObject,
  type JsonValue,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorImage } from './descriptor-image';
import { InvalidProtoValue } from './invalid-proto-value';

export interface MessageToJsonOptions {
  /**
   * Show fields that are not set too: zero, "", false, [], {}, and null for a message. Members of a oneof and
   * `optional` fields stay away even so. Default true.
   */
  emitUnpopulated?: boolean;
}

/**
 * An encoded message as JSON in the shape of `vtctldclient`: proto field names in the order in which the contract
 * declares them, names of enum values (of aliases the first), 64-bit integers as strings, bytes as base64, keys of
 * maps sorted.
 *
 * `typeName` is the full name, `topodata.Tablet`. Bytes that are no such message: `InvalidProtoValue`.
 */
export function messageToJson(
  typeName: string,
  encoded: Uint8Array,
  options: MessageToJsonOptions = {},
): JsonObject {
  const emitUnpopulated = options.emitUnpopulated ?? true;
  const desc = messageDescriptor(typeName);
  try {
    const json = toJson(desc, fromBinary(desc, encoded), {
      useProtoFieldName: true,
      alwaysEmitImplicit: emitUnpopulated,
    });
    return arrange(desc, json as JsonObject, emitUnpopulated);
  } catch (err) {
    throw new InvalidProtoValue(`cannot read ${typeName}: ${(err as Error).message}`, { cause: err });
  }
}

/**
 * The encoded message for its JSON, as `messageToJson` or any other protobuf JSON writer wrote it: proto or camel case
 * names, names or numbers of enum values. A field that the message does not have, or a value that does not fit its
 * field: `InvalidProtoValue`.
 */
export function jsonToMessage(typeName: string, json: unknown): Buffer {
  const desc = messageDescriptor(typeName);
  try {
    return Buffer.from(toBinary(desc, fromJson(desc, json as JsonValue)));
  } catch (err) {
    throw new InvalidProtoValue(`cannot read ${typeName} from JSON: ${(err as Error).message}`, {
      cause: err,
    });
  }
}

/** The full names of what a method takes and gives; undefined when the service has no such method. */
export function methodTypes(
  service: string,
  method: string,
): { input: string; output: string; streams: boolean } | undefined {
  const desc = registry()
    .getService(service)
    ?.methods.find(({ name }) => name === method);
  return (
    desc && {
      input: desc.input.typeName,
      output: desc.output.typeName,
      streams: desc.methodKind !== 'unary',
    }
  );
}

function messageDescriptor(typeName: string): DescMessage {
  const desc = registry().getMessage(typeName);
  if (desc === undefined) throw new InvalidProtoValue(`there is no message ${typeName}`);
  return desc;
}

const registry = once((): FileRegistry =>
  createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorImage())),
);

/** Parsing the image takes tens of milliseconds and gives the same every time: do it once, when first needed. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Puts fields into the order of their declaration, and null in the place of absent messages. */
function arrange(desc: DescMessage, json: JsonObject, emitUnpopulated: boolean): JsonObject {
  const arranged: JsonObject = {};
  for (const field of desc.fields) {
    const value = json[field.name];
    if (value === undefined) {
      if (emitUnpopulated && field.fieldKind === 'message' && field.oneof === undefined)
        arranged[field.name] = null;
    } else if (field.message === undefined) {
      arranged[field.name] = field.fieldKind === 'map' ? sortKeys(value as JsonObject, (v) => v) : value;
    } else {
      const message = field.message;
      const arrangeOne = (v: JsonValue) => arrange(message, v as JsonObject, emitUnpopulated);
      if (field.fieldKind === 'map') arranged[field.name] = sortKeys(value as JsonObject, arrangeOne);
      else if (field.fieldKind === 'list') arranged[field.name] = (value as JsonValue[]).map(arrangeOne);
      else arranged[field.name] = arrangeOne(value);
    }
  }
  return arranged;
}

function sortKeys(map: JsonObject, each: (value: JsonValue) => JsonValue): JsonObject {
  const keys = Object.keys(map).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  // No plain object while filling: a key may be "__proto__".
  return Object.fromEntries(keys.map((key) => [key, each(map[key])]));
}
