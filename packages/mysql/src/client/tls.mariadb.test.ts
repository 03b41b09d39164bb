import { join } from 'node:path';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { freePort, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { MysqlConnection } from './connection';

/** Made for this test alone: self-signed, for localhost and 127.0.0.1. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOnyg1VLFyoKzqm+7
YlVSIxsv0bWL4U5QSs0qNlqG9tmhRANCAARlj7NEpYG9oxbaKh66DDEze8qP3hLz
wbBPH6V9rFzm8m9duQmlS8x/umwORrXD3kVOVcqjxsY0cpTFzzqpmJjH
-----END PRIVATE KEY-----
`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGWPs0Slgb2jFtoq
HroMMTN7yo/eEvPBsE8fpX2sXObyb125CaVLzH+6bA5GtcPeRU5VyqPGxjRylMXP
OqmYmMejTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E
BTADAQH/MB0GA1UdDgQWBBTgFPVsVvgp/dgHMJ65/spCjoYuyTAKBggqhkjOPQQD
AgNIADBFAiEAg9yhlbuyhCVK6NqG9fGtUtatduzdr+6y71DA8VPK/y4CIHtdMKjZ
ROJOGO2XBalFOJR9Qhj2GLdfAsFgHOx9trc7
-----END CERTIFICATE-----
`;

let server: TestMariadb;
let dir: string;
let port: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vt-tls-'));
  await writeFile(join(dir, 'key.pem'), KEY);
  await writeFile(join(dir, 'cert.pem'), CERT);
  port = await freePort();
  server = await startMariadb({
    port,
    settings: { 'ssl-key': join(dir, 'key.pem'), 'ssl-cert': join(dir, 'cert.pem') },
  });
  await server.sql(
    "CREATE USER secure@'%' IDENTIFIED BY 'pw' REQUIRE SSL; GRANT SELECT ON *.* TO secure@'%'",
  );
});

afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const connect = (ssl?: object) => MysqlConnection.connect({ port, user: 'secure', password: 'pw', ssl });

test('a connection goes on encrypted, with large results and streams', async () => {
  const conn = await connect({ ca: CERT });
  const cipher = await conn.query("SHOW STATUS LIKE 'Ssl_cipher'");
  expect(cipher.rows.value(0, 1)!.toString()).toMatch(/^TLS_|ECDHE/);
  expect((await conn.query("SELECT REPEAT('x', 20000000)")).rows.value(0, 0)!.length).toBe(20_000_000);
  let rows = 0;
  for await (const chunk of conn.queryStream('SELECT seq FROM mysql.seq_1_to_100000'))
    rows += chunk.rows.length;
  expect(rows).toBe(100_000);
  await conn.close();
});

test('a server that cannot be verified, and an account that needs TLS, are refused', async () => {
  await expect(connect({})).rejects.toMatchObject({ errno: 2013, message: expect.stringContaining('CERT') });
  await expect(connect()).rejects.toMatchObject({ errno: 1045 });
});
