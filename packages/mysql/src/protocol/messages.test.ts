import { decodeErr, encodeErr } from './err-packet';
import {
  decodeChangeUser,
  decodeGreeting,
  decodeHandshakeResponse,
  encodeGreeting,
  encodeHandshakeResponse,
} from './handshake';
import { Capability } from './constants';
import { decodeOk, encodeOk } from './ok-packet';
import { PayloadReader } from './payload-reader';
import { PayloadWriter } from './payload-writer';
import { nativeHash, nativeScramble, sha2Hash, sha2Scramble, verifyNative, verifySha2 } from './scramble';

test.each([0n, 250n, 251n, 0xffffn, 0x10000n, 0xffffffn, 0x1000000n, 2n ** 53n, 2n ** 64n - 1n])(
  'the 64-bit number %s survives',
  (value) => {
    const payload = new PayloadWriter().lenencBigint(value).finish();
    expect(new PayloadReader(payload, 0, payload.length).lenencBigint()).toBe(value);
  },
);

test('a length beyond 2^53 is malformed', () => {
  const payload = new PayloadWriter().lenencBigint(2n ** 64n - 1n).finish();
  expect(() => new PayloadReader(payload, 0, payload.length).lenenc()).toThrow('Malformed');
});

test('OK and ERR survive', () => {
  const ok = {
    rowsAffected: 2n ** 63n,
    insertId: 7n,
    statusFlags: 0x8002,
    warnings: 3,
    info: 'Rows matched: 1',
  };
  const bytes = encodeOk(ok);
  expect(decodeOk(bytes, 0, bytes.length)).toEqual(ok);
  const error = encodeErr({ errno: 1062, sqlstate: '23000', message: 'Duplicate entry é' });
  expect(decodeErr(error, 0, error.length)).toMatchObject({
    errno: 1062,
    sqlstate: '23000',
    message: 'Duplicate entry é',
  });
  const early = Buffer.concat([Buffer.from([0xff, 0x10, 0x04]), Buffer.from('Too many connections')]);
  expect(decodeErr(early, 0, early.length)).toMatchObject({ errno: 1040, message: 'Too many connections' });
});

test('a long error message is cut at a character', () => {
  const error = encodeErr({ errno: 1105, sqlstate: 'bad', message: `x${'é'.repeat(10_000)}` });
  const back = decodeErr(error, 0, error.length);
  expect(back.sqlstate).toBe('HY000');
  expect(back.message).toMatch(/^xé+$/);
  expect(Buffer.byteLength(back.message)).toBeLessThanOrEqual(8192);
});

test('the greeting survives', () => {
  const greeting = {
    serverVersion: '8.4.6-Vitess',
    connectionId: 0xfffffffe,
    salt: Buffer.from('12345678901234567890'),
    capabilities: 0x81ff_f7ff >>> 0,
    collation: 45,
    statusFlags: 2,
    authPlugin: 'mysql_native_password',
  };
  const bytes = encodeGreeting(greeting);
  expect(decodeGreeting(bytes, 0, bytes.length)).toEqual(greeting);
});

const response = {
  capabilities:
    Capability.PROTOCOL_41 |
    Capability.SECURE_CONNECTION |
    Capability.PLUGIN_AUTH |
    Capability.CONNECT_WITH_DB |
    Capability.CONNECT_ATTRS |
    Capability.PLUGIN_AUTH_LENENC_DATA,
  maxPacketBytes: 1 << 24,
  collation: 45,
  user: 'üser',
  authResponse: Buffer.from([1, 0, 2]),
  database: 'd',
  authPlugin: 'mysql_native_password',
  attributes: new Map([['program_name', 'x']]),
};

test('the handshake response survives, and cut short it is malformed or has less', () => {
  const bytes = encodeHandshakeResponse(response);
  expect(decodeHandshakeResponse(bytes, 0, bytes.length, 0xffffffff)).toEqual(response);
  for (let end = 0; end < bytes.length; end++) {
    try {
      decodeHandshakeResponse(bytes, 0, end, 0xffffffff);
    } catch (error) {
      expect(error).toMatchObject({ errno: 2027 });
    }
  }
});

test('COM_CHANGE_USER is read', () => {
  const bytes = new PayloadWriter()
    .uint8(0x11)
    .nulString('u')
    .uint8(2)
    .bytes(Buffer.from([9, 8]))
    .nulString('db')
    .uint16(45)
    .nulString('mysql_native_password')
    .finish();
  expect(decodeChangeUser(bytes, 0, bytes.length, Capability.PLUGIN_AUTH)).toMatchObject({
    user: 'u',
    authResponse: Buffer.from([9, 8]),
    database: 'db',
    collation: 45,
    authPlugin: 'mysql_native_password',
  });
});

test('scrambles are accepted for the right password only', () => {
  const salt = Buffer.from('abcdefghijklmnopqrst');
  // SELECT PASSWORD('secret') on any MySQL or MariaDB.
  expect(nativeHash('secret').toString('hex')).toBe('14e65567abdb5135d0cfd9a70b3032c179a49ee7');
  expect(verifyNative(nativeScramble('secret', salt), salt, nativeHash('secret'))).toBe(true);
  expect(verifyNative(nativeScramble('other', salt), salt, nativeHash('secret'))).toBe(false);
  expect(verifyNative(Buffer.alloc(3), salt, nativeHash('secret'))).toBe(false);
  expect(verifySha2(sha2Scramble('secret', salt), salt, sha2Hash('secret'))).toBe(true);
  expect(verifySha2(sha2Scramble('Secret', salt), salt, sha2Hash('secret'))).toBe(false);
  expect(nativeScramble('', salt).length).toBe(0);
});
