/**
 * The part of etcd's v3 API that the topology uses, as etcd3's loader of it gives messages: fields by their wire
 * names, int64 as decimal text, absent fields filled in on answers.
 */
export interface ResponseHeader {
  revision: string;
}

export interface KeyValue {
  key: Buffer;
  create_revision: string;
  mod_revision: string;
  value: Buffer;
  /** '0' for a key that no lease holds. */
  lease: string;
}

/** Keys from `key` up to, not including, `range_end`; without an end the one key. */
export interface KeyRange {
  key: Buffer;
  range_end?: Buffer;
}

export interface RangeRequest extends KeyRange {
  limit?: number;
  /** Reads the past, as long as it was not compacted. */
  revision?: string;
  keys_only?: boolean;
  /** Answers with what the server has, without asking its cluster. */
  serializable?: boolean;
  sort_order?: 'Ascend' | 'Descend';
  sort_target?: 'Create';
  max_create_revision?: string;
}

export interface RangeResponse {
  header: ResponseHeader;
  kvs: KeyValue[];
  more: boolean;
}

export interface PutRequest {
  key: Buffer;
  value: Buffer;
  lease?: string;
}

export interface DeleteRangeResponse {
  header: ResponseHeader;
  deleted: string;
}

/** Compares with every key of the range; a range without keys compares as one key of revision 0. */
export type Compare = KeyRange & { result: 'Equal' } & (
    { target: 'Create'; create_revision: string } | { target: 'Mod'; mod_revision: string }
  );

export type RequestOp =
  { request_range: RangeRequest } | { request_put: PutRequest } | { request_delete_range: KeyRange };

export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}

export interface TxnResponse {
  header: ResponseHeader;
  succeeded: boolean;
  responses: { response_range?: RangeResponse | null }[];
}

export interface LeaseGrantResponse {
  ID: string;
  /** Seconds. */
  TTL: string;
}

export interface LeaseKeepAliveResponse {
  ID: string;
  /** Seconds; '0' for a lease that is over. */
  TTL: string;
}

export interface WatchRequest {
  create_request: KeyRange & { start_revision: string; fragment: boolean };
}

export interface WatchEvent {
  type: 'Put' | 'Delete';
  kv: KeyValue;
}

export interface WatchResponse {
  header: ResponseHeader;
  created: boolean;
  canceled: boolean;
  /** Not '0' when the watch was cancelled because its past is gone. */
  compact_revision: string;
  cancel_reason: string;
  /** More events of the same revisions follow. */
  fragment: boolean;
  events: WatchEvent[];
}

/** Unary methods, by their names on the service clients. */
export interface EtcdCalls {
  range: { request: RangeRequest; response: RangeResponse };
  deleteRange: { request: KeyRange; response: DeleteRangeResponse };
  txn: { request: TxnRequest; response: TxnResponse };
  leaseGrant: { request: { TTL: number }; response: LeaseGrantResponse };
  leaseRevoke: { request: { ID: string }; response: { header: ResponseHeader } };
}

/** Methods that stream in both directions. */
export interface EtcdStreams {
  watch: { request: WatchRequest; response: WatchResponse };
  leaseKeepAlive: { request: { ID: string }; response: LeaseKeepAliveResponse };
}
