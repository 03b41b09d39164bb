import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside src and dist alike, so the same relative path serves sources and the build. */
const imagePath = join(__dirname, '..', 'descriptors.binpb');

/**
 * All contracts as one serialised `google.protobuf.FileDescriptorSet`, read from the file that
 * `tools/dev/generate.mjs` writes. Throws when that has not run.
 */
export function descriptorImage(): Buffer {
  try {
    return readFileSync(imagePath);
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err;
    throw new Error(`${imagePath} does not exist: run \`node tools/dev/generate.mjs\``, { cause: err });
  }
}

/**
 * Each contract as a serialised `google.protobuf.FileDescriptorProto`, every file after those that it imports. This
 * is the form in which gRPC reflection hands descriptors out.
 */
export function fileDescriptors(): Buffer[] {
  const { file } = fromBinary(FileDescriptorSetSchema, descriptorImage());
  return file.map((descriptor) => Buffer.from(toBinary(FileDescriptorProtoSchema, descriptor)));
}
