import { createHash } from 'node:crypto';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Mutation } from '../store';

/**
 * Records of the journal and the snapshot: length of the body (u32), the first 8 bytes of the body's SHA-256, body.
 * Body of a change: kind (1 put, 2 delete), version (u64), length of the path (u16), path, contents. Body of the
 * header of a snapshot: kind 3, version, number of files (u32). Big-endian.
 */
const kindPut = 1;
const kindDelete = 2;
const kindHeader = 3;
const prefixBytes = 12;
const sumBytes = 8;
/** Far above any record that is written (contents are limited to 4 MB): a greater length is damage. */
const maxBodyBytes = 16 * 1024 * 1024;

export interface SnapshotHeader {
  version: bigint;
  files: number;
}

export function encodeMutation({ path, version, contents }: Mutation): Buffer {
  const pathBytes = Buffer.from(path);
  const head = Buffer.alloc(11);
  head.writeUInt8(contents ? kindPut : kindDelete, 0);
  head.writeBigUInt64BE(version, 1);
  head.writeUInt16BE(pathBytes.length, 9);
  return frame(Buffer.concat([head, pathBytes, contents ?? Buffer.alloc(0)]));
}

export function encodeHeader({ version, files }: SnapshotHeader): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt8(kindHeader, 0);
  body.writeBigUInt64BE(version, 1);
  body.writeUInt32BE(files, 9);
  return frame(body);
}

function frame(body: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(body.length, 0);
  checksum(body).copy(prefix, 4);
  return Buffer.concat([prefix, body]);
}

const checksum = (body: Buffer): Buffer => createHash('sha256').update(body).digest().subarray(0, sumBytes);

export type ReadBody =
  | { kind: 'body'; body: Buffer; next: number }
  /** Nothing is left. */
  | { kind: 'end' }
  /** The rest is the beginning of a record whose writing was cut off. */
  | { kind: 'torn' };

/**
 * Reads the record at `offset`. One that is not whole is the end of a write that was cut off, unless an intact record
 * follows it: then the file is damaged, DATA_LOSS.
 */
export function readBody(file: string, bytes: Buffer, offset: number): ReadBody {
  if (offset === bytes.length) return { kind: 'end' };
  const body = intactBody(bytes, offset);
  if (body) return { kind: 'body', body, next: offset + prefixBytes + body.length };
  for (let later = offset + 1; later + prefixBytes < bytes.length; later++) {
    if (intactBody(bytes, later)) throw damaged(file, offset, `an intact record follows at byte ${later}`);
  }
  return { kind: 'torn' };
}

function intactBody(bytes: Buffer, offset: number): Buffer | undefined {
  const start = offset + prefixBytes;
  if (start >= bytes.length) return undefined;
  const length = bytes.readUInt32BE(offset);
  const kind = bytes[start];
  // The cheap checks first: this runs for each byte of a damaged rest.
  if (length === 0 || length > maxBodyBytes || start + length > bytes.length) return undefined;
  if (kind < kindPut || kind > kindHeader) return undefined;
  const body = bytes.subarray(start, start + length);
  return checksum(body).equals(bytes.subarray(offset + 4, start)) ? body : undefined;
}

export function decodeMutation(file: string, offset: number, body: Buffer): Mutation {
  const kind = body[0];
  if (body.length < 11 || (kind !== kindPut && kind !== kindDelete))
    throw damaged(file, offset, 'not a change');
  const pathEnd = 11 + body.readUInt16BE(9);
  if (pathEnd > body.length) throw damaged(file, offset, 'its path is cut off');
  return {
    version: body.readBigUInt64BE(1),
    path: body.toString('utf8', 11, pathEnd),
    // A copy, so that one small file does not keep the whole journal in memory.
    contents: kind === kindPut ? Buffer.from(body.subarray(pathEnd)) : undefined,
  };
}

export function decodeHeader(file: string, offset: number, body: Buffer): SnapshotHeader {
  if (body.length !== 13 || body[0] !== kindHeader)
    throw damaged(file, offset, 'not the header of a snapshot');
  return { version: body.readBigUInt64BE(1), files: body.readUInt32BE(9) };
}

export function damaged(file: string, offset: number, why: string): VtError {
  return new VtError(
    Code.DATA_LOSS,
    `topology file ${file} is damaged at byte ${offset}: ${why}; restore the directory from a copy`,
  );
}
