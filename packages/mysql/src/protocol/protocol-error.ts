import { SqlError } from '@vitess-ts/vterrors';

/** A payload that does not hold what the protocol says (CR_MALFORMED_PACKET); its connection must be closed. */
export function malformedPacket(what: string): SqlError {
  return new SqlError(2027, 'HY000', `Malformed packet: ${what}`);
}

/** ER_NET_PACKETS_OUT_OF_ORDER. */
export function packetsOutOfOrder(): SqlError {
  return new SqlError(1156, '08S01', 'Got packets out of order');
}

/** ER_NET_PACKET_TOO_LARGE. */
export function packetTooLarge(): SqlError {
  return new SqlError(1153, '08S01', "Got a packet bigger than 'max_allowed_packet' bytes");
}

/** ER_WRONG_ARGUMENTS, as the server says it of a prepared statement's parameters. */
export function unusableParameters(): SqlError {
  return new SqlError(1210, 'HY000', 'Incorrect arguments to mysqld_stmt_execute');
}
