import { createHash, timingSafeEqual } from 'node:crypto';

const sha1 = (...parts: Uint8Array[]) => digest('sha1', parts);
const sha256 = (...parts: Uint8Array[]) => digest('sha256', parts);

function digest(algorithm: string, parts: Uint8Array[]): Buffer {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function xor(a: Buffer, b: Buffer): Buffer {
  const out = Buffer.allocUnsafe(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i] ^ b[i];
  return out;
}

/** mysql_native_password: SHA1(password) xor SHA1(salt + SHA1(SHA1(password))); empty for an empty password. */
export function nativeScramble(password: string, salt: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const stage1 = sha1(Buffer.from(password, 'utf8'));
  return xor(stage1, sha1(salt, sha1(stage1)));
}

/** What mysql.user keeps for mysql_native_password: SHA1(SHA1(password)), 20 bytes. */
export function nativeHash(password: string): Buffer {
  return sha1(sha1(Buffer.from(password, 'utf8')));
}

/** Checks a client's answer against `nativeHash` of the password. */
export function verifyNative(answer: Buffer, salt: Buffer, hash: Buffer): boolean {
  if (answer.length !== 20 || hash.length !== 20) return false;
  const stage1 = xor(answer, sha1(salt, hash));
  return timingSafeEqual(sha1(stage1), hash);
}

/** caching_sha2_password, fast path: SHA256(password) xor SHA256(SHA256(SHA256(password)) + salt). */
export function sha2Scramble(password: string, salt: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const stage1 = sha256(Buffer.from(password, 'utf8'));
  return xor(stage1, sha256(sha256(stage1), salt));
}

/** SHA256(SHA256(password)), which a server that knows the password keeps for the fast path. */
export function sha2Hash(password: string): Buffer {
  return sha256(sha256(Buffer.from(password, 'utf8')));
}

/** Checks a client's fast-path answer against `sha2Hash` of the password. */
export function verifySha2(answer: Buffer, salt: Buffer, hash: Buffer): boolean {
  if (answer.length !== 32 || hash.length !== 32) return false;
  const stage1 = xor(answer, sha256(hash, salt));
  return timingSafeEqual(sha256(stage1), hash);
}
