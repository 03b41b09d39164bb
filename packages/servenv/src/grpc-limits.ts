/** Largest message in either direction unless an option says otherwise: 16 MiB, as in Vitess. */
export const defaultMaxMessageBytes = 16 * 1024 * 1024;

/** HTTP/2 flow-control window: with the default of 64 KB large results wait for the round trip. */
const flowControlWindowBytes = 8 * 1024 * 1024;

/** What both ends of a connection set alike. */
export function sharedChannelOptions(maxMessageBytes: number): Record<string, number> {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc-node.flow_control_window': flowControlWindowBytes,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.keepalive_permit_without_calls': 1,
  };
}
