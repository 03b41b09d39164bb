import { BoundedQueue } from './bounded-queue';

describe('BoundedQueue', () => {
  test('a producer waits for room and its item comes in turn', async () => {
    const queue = new BoundedQueue<number>(1);
    await queue.push(1);
    expect(queue.tryPush(2)).toBe(false);
    const pushed = queue.push(2);
    expect(await queue.shift()).toBe(1);
    await pushed;
    expect(await queue.shift()).toBe(2);
  });

  test('keeps order over many items and a few of each side', async () => {
    const queue = new BoundedQueue<number>(3);
    const produce = async () => {
      for (let i = 0; i < 1000; i++) await queue.push(i);
      queue.close();
    };
    const producing = produce();
    const got: number[] = [];
    for await (const item of queue) got.push(item);
    await producing;
    expect(got).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test('close lets consumers drain, ends those that wait and refuses producers', async () => {
    const queue = new BoundedQueue<string>(1);
    await queue.push('last');
    const refused = expect(queue.push('too late')).rejects.toMatchObject({ name: 'QueueClosedError' });
    queue.close();
    await refused;
    expect(await queue.shift()).toBe('last');
    expect(await queue.shift()).toBeUndefined();
    await expect(queue.push('x')).rejects.toMatchObject({ name: 'QueueClosedError' });
  });

  test('fail reaches consumers after the items', async () => {
    const queue = new BoundedQueue<string>(2);
    await queue.push('a');
    queue.fail(new Error('stream broke'));
    expect(await queue.shift()).toBe('a');
    await expect(queue.shift()).rejects.toThrow('stream broke');
  });

  test('an aborted consumer takes nothing', async () => {
    const queue = new BoundedQueue<number>(1);
    const controller = new AbortController();
    const aborted = expect(queue.shift(controller.signal)).rejects.toMatchObject({ name: 'CanceledError' });
    controller.abort();
    await aborted;
    await queue.push(1);
    expect(await queue.shift()).toBe(1);
  });

  test('an aborted producer adds nothing', async () => {
    const queue = new BoundedQueue<number>(1);
    await queue.push(1);
    const controller = new AbortController();
    const aborted = expect(queue.push(2, controller.signal)).rejects.toMatchObject({ name: 'CanceledError' });
    controller.abort();
    await aborted;
    expect(await queue.shift()).toBe(1);
    expect(queue.size).toBe(0);
  });
});
