import { OpenedIterator } from './opened-iterator';

async function* letters(log: string[]): AsyncGenerator<string> {
  log.push('opened');
  try {
    yield 'a';
    yield 'b';
  } finally {
    log.push('ended');
  }
}

describe('OpenedIterator', () => {
  it('opens at the first value and gives all', async () => {
    const log: string[] = [];
    const iterator = new OpenedIterator(async () => letters(log));
    expect(log).toEqual([]);
    const all: string[] = [];
    for await (const letter of iterator) all.push(letter);
    expect(all).toEqual(['a', 'b']);
    expect(log).toEqual(['opened', 'ended']);
  });

  it('ends what it has opened when its reader leaves, also while it opens', async () => {
    const log: string[] = [];
    for await (const _ of new OpenedIterator(() => letters(log))) break;
    expect(log).toEqual(['opened', 'ended']);
    const other = new OpenedIterator(async () => letters(log));
    const [first, last] = [other.next(), other.return()];
    expect(await first).toEqual({ done: false, value: 'a' });
    expect(await last).toMatchObject({ done: true });
    expect(log).toEqual(['opened', 'ended', 'opened', 'ended']);
  });

  it('opens nothing for a reader that asks for nothing', async () => {
    const log: string[] = [];
    const iterator = new OpenedIterator(() => letters(log));
    await iterator.return();
    expect(await iterator.next()).toMatchObject({ done: true });
    expect(log).toEqual([]);
  });

  it.each([
    ['throws', (): never => fail()],
    ['rejects', async (): Promise<never> => fail()],
  ])('fails at the first value when opening %s, and has ended then', async (_how, open) => {
    const iterator = new OpenedIterator<string>(open);
    await expect(iterator.next()).rejects.toThrow('no way');
    expect(await iterator.next()).toMatchObject({ done: true });
  });

  it('keeps the order of values that are asked for while it opens', async () => {
    const iterator = new OpenedIterator(async () => letters([]));
    const steps = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    expect(steps.map((s) => s.value as string | undefined)).toEqual(['a', 'b', undefined]);
  });
});

function fail(): never {
  throw new Error('no way');
}
