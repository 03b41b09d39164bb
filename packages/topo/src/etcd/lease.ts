import { systemClock } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { asVtError, interrupted } from '../errors';
import type { EtcdCallSettings, EtcdClient } from './etcd-client';
import type { LeaseKeepAliveResponse } from './etcd-messages';

export interface Lease {
  id: string;
  /** How long etcd keeps it without renewal: at least what was asked for. */
  ttlMs: number;
  /** By the monotonic clock, before the request was sent. */
  grantedAtMs: number;
}

/** A new lease. etcd counts whole seconds, and has a least time that follows from its election timeout. */
export async function grantLease(
  client: EtcdClient,
  ttlMs: number,
  settings: EtcdCallSettings,
): Promise<Lease> {
  const grantedAtMs = systemClock.monotonic();
  const { ID, TTL } = await client.call('leaseGrant', { TTL: Math.ceil(ttlMs / 1000) }, settings);
  return { id: ID, ttlMs: Number(TTL) * 1000, grantedAtMs };
}

/** Renews a lease; false when it is over. */
export async function renewLease(
  client: EtcdClient,
  id: string,
  { signal, timeoutMs }: EtcdCallSettings & { timeoutMs: number },
): Promise<boolean> {
  const { call, failure } = await client.stream('leaseKeepAlive', { signal, timeoutMs });
  return new Promise((resolve, reject) => {
    const cancel = (): void => call.cancel();
    const done = (): void => {
      signal?.removeEventListener('abort', cancel);
      call.cancel();
    };
    call.on('data', ({ TTL }: LeaseKeepAliveResponse) => {
      done();
      resolve(TTL !== '0');
    });
    call.on('error', (error) => {
      done();
      // After an answer this is our own cancellation, and rejecting does nothing.
      if (signal?.aborted) reject(interrupted(signal, 'renewal of a lease on etcd'));
      else reject(failure(error));
    });
    call.on('end', () => {
      done();
      reject(new VtError(Code.UNAVAILABLE, 'etcd ended the renewal of a lease without an answer'));
    });
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    else call.write({ ID: id });
  });
}

/** Ends a lease and removes its keys; false when it was over before. */
export async function revokeLease(
  client: EtcdClient,
  id: string,
  settings: EtcdCallSettings,
): Promise<boolean> {
  try {
    await client.call('leaseRevoke', { ID: id }, settings);
    return true;
  } catch (error) {
    if (asVtError(error).code === Code.NOT_FOUND) return false;
    throw error;
  }
}
