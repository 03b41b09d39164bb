import { PacketReader } from './packet-reader';
import { commandPacket, frame, framedSize, packetCount } from './packets';

function collector(max = 1 << 30): { reader: PacketReader; payloads: Buffer[] } {
  const payloads: Buffer[] = [];
  const reader = new PacketReader(
    (buf, start, end) => payloads.push(Buffer.from(buf.subarray(start, end))),
    max,
  );
  return { reader, payloads };
}

test('payloads come out the same wherever the stream is cut', () => {
  const sent = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('hello world'), Buffer.alloc(300, 7)];
  const stream = Buffer.concat(sent.map((payload, i) => frame(payload, i)));
  for (let size = 1; size <= stream.length; size++) {
    const { reader, payloads } = collector();
    // One buffer for all reads, as sockets use it: nothing may be kept of it.
    const shared = Buffer.alloc(size);
    for (let at = 0; at < stream.length; at += size) {
      const length = stream.copy(shared, 0, at, at + size);
      reader.push(shared, length);
    }
    expect(payloads).toEqual(sent);
    expect(reader.atBoundary).toBe(true);
  }
});

test.each([0xfffffe, 0xffffff, 0x1000000, 2 * 0xffffff, 2 * 0xffffff + 1])(
  'a payload of %i bytes spans packets',
  (n) => {
    const payload = Buffer.alloc(n, 'x');
    payload[n - 1] = 0x79;
    const stream = frame(payload, 3);
    expect(stream.length).toBe(framedSize(n));
    const { reader, payloads } = collector();
    reader.nextSequence = 3;
    for (let at = 0; at < stream.length; at += 60_000) reader.push(stream.subarray(at, at + 60_000));
    expect(payloads).toHaveLength(1);
    expect(payloads[0].equals(payload)).toBe(true);
    expect(reader.nextSequence).toBe(3 + packetCount(n));
  },
);

test('a payload over the limit is refused by its header, before its bytes are there', () => {
  const { reader } = collector(1000);
  expect(() => reader.push(Buffer.from([0xe9, 3, 0, 0]))).toThrow(expect.objectContaining({ errno: 1153 }));
  const joined = collector(0xffffff + 10);
  joined.reader.push(frame(Buffer.alloc(0xffffff), 0).subarray(0, 0xffffff + 4));
  expect(() => joined.reader.push(Buffer.from([11, 0, 0, 1]))).toThrow(
    expect.objectContaining({ errno: 1153 }),
  );
});

test('a packet out of order is refused', () => {
  const { reader, payloads } = collector();
  expect(() => reader.push(frame(Buffer.from('a'), 1))).toThrow(expect.objectContaining({ errno: 1156 }));
  expect(payloads).toEqual([]);
});

test('nothing comes after stop, not even from the chunk in hand', () => {
  const seen: number[] = [];
  const reader: PacketReader = new PacketReader((buf, start) => {
    seen.push(buf[start]);
    reader.stop();
  }, 100);
  reader.push(Buffer.concat([frame(Buffer.from([1]), 0), frame(Buffer.from([2]), 1)]));
  expect(seen).toEqual([1]);
});

test('a command packet holds text as UTF-8 and is split when it is long', () => {
  expect(commandPacket(3, 'é')).toEqual(Buffer.from([3, 0, 0, 0, 3, 0xc3, 0xa9]));
  const long = commandPacket(3, Buffer.alloc(0xffffff - 1, 'x'));
  expect(long.length).toBe(framedSize(0xffffff));
  expect(long.subarray(0, 5)).toEqual(Buffer.from([0xff, 0xff, 0xff, 0, 3]));
  expect(long.subarray(-4)).toEqual(Buffer.from([0, 0, 0, 1]));
});
