import { Code, VtError } from '@vitess-ts/vterrors';
import type { ListedFile, Version } from '../conn';
import { badVersion, nodeExists, noNode } from '../errors';
import { cleanFilePath } from '../path';
import type { EtcdCallSettings, EtcdClient } from './etcd-client';
import type { Compare, KeyRange, KeyValue, TxnResponse } from './etcd-messages';
import type { KeySpace } from './key-space';
import { isEphemeral, readRange } from './read-range';

/** A file and the revision of the store at which it was read. */
export interface FileState {
  kv?: KeyValue;
  revision: string;
}

/** The files of a key space. Paths and contents have been checked. */
export class EtcdFiles {
  constructor(
    private readonly client: EtcdClient,
    private readonly keys: KeySpace,
  ) {}

  async read(path: string, settings: EtcdCallSettings): Promise<FileState> {
    const { kvs, header } = await this.client.call('range', { key: this.keys.file(path) }, settings);
    return { kv: kvs[0], revision: header.revision };
  }

  async create(path: string, value: Buffer, settings: EtcdCallSettings): Promise<Version> {
    const key = this.keys.file(path);
    return this.put(path, value, [{ key, ...absent }, ...this.place(path)], settings);
  }

  async replace(path: string, value: Buffer, settings: EtcdCallSettings): Promise<Version> {
    return this.put(path, value, this.place(path), settings);
  }

  async update(path: string, value: Buffer, version: Version, settings: EtcdCallSettings): Promise<Version> {
    const key = this.keys.file(path);
    const answer = await this.client.call(
      'txn',
      {
        compare: [hasVersion(key, version)],
        success: [{ request_put: { key, value } }],
        failure: [look(key)],
      },
      settings,
    );
    if (!answer.succeeded) throw isThere(answer) ? badVersion(path) : noNode(path);
    return answer.header.revision;
  }

  async delete(path: string, version: Version | null, settings: EtcdCallSettings): Promise<void> {
    const key = this.keys.file(path);
    if (version === null) {
      const { deleted } = await this.client.call('deleteRange', { key }, settings);
      if (deleted === '0') throw noNode(path);
      return;
    }
    const answer = await this.client.call(
      'txn',
      {
        compare: [hasVersion(key, version)],
        success: [{ request_delete_range: { key } }],
        failure: [look(key)],
      },
      settings,
    );
    if (!answer.succeeded) throw isThere(answer) ? badVersion(path) : noNode(path);
  }

  /** All files of a range at one moment, sorted, without what locks and elections keep there. */
  async list(
    range: KeyRange,
    settings: EtcdCallSettings,
  ): Promise<{ files: ListedFile[]; revision: string }> {
    const { kvs, revision } = await readRange(this.client, range, settings);
    const files = kvs.filter((kv) => !isEphemeral(kv)).map((kv) => this.file(kv));
    return { files, revision };
  }

  file({ key, value, mod_revision }: KeyValue): ListedFile {
    return { path: this.keys.path(key), contents: value, version: mod_revision };
  }

  private async put(
    path: string,
    value: Buffer,
    compare: Compare[],
    settings: EtcdCallSettings,
  ): Promise<Version> {
    const key = this.keys.file(path);
    const answer = await this.client.call(
      'txn',
      { compare, success: [{ request_put: { key, value } }], failure: [look(key)] },
      settings,
    );
    if (answer.succeeded) return answer.header.revision;
    if (isThere(answer)) throw nodeExists(path);
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `${path} cannot be a file: it is a directory, or a file is above it`,
    );
  }

  /** That no directory is at the path, and no file above it: one path is never both. */
  private place(path: string): Compare[] {
    const segments = cleanFilePath(path).split('/');
    const above = segments.slice(0, -1).map((_, i) => this.keys.file(segments.slice(0, i + 1).join('/')));
    return [...above.map((key) => ({ key })), this.keys.below(path)].map((range) => ({
      ...range,
      ...absent,
    }));
  }
}

const absent = { target: 'Create', result: 'Equal', create_revision: '0' } as const;

/** Versions are revisions of etcd; what is none of a file that exists matches none. */
function hasVersion(key: Buffer, version: Version): Compare {
  const revision = /^[1-9][0-9]{0,17}$/.test(version) ? version : '-1';
  return { key, target: 'Mod', result: 'Equal', mod_revision: revision };
}

const look = (key: Buffer): { request_range: { key: Buffer; keys_only: boolean } } => ({
  request_range: { key, keys_only: true },
});

const isThere = ({ responses }: TxnResponse): boolean => (responses[0]?.response_range?.kvs ?? []).length > 0;
