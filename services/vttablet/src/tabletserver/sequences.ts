import { Mutex } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';

/** A block of values that nobody else will be given: `first` up to, not including, `end`. */
export interface SequenceBlock {
  first: bigint;
  end: bigint;
}

/** Takes a block of at least `count` values from the sequence's table, durably, before it returns. */
export type TakeBlock = (table: string, count: bigint, signal?: AbortSignal) => Promise<SequenceBlock>;

interface Sequence {
  mutex: Mutex;
  next: bigint;
  end: bigint;
}

/** More than anyone needs in one statement; keeps a wrong number from using a sequence up. */
const largestCount = 1_000_000_000n;

/**
 * Hands out values of sequences from blocks that were taken before. Values are unique and rise; those of a block that is
 * dropped (a restart, a demotion) are never given.
 */
export class Sequences {
  private readonly sequences = new Map<string, Sequence>();

  constructor(private readonly take: TakeBlock) {}

  /** `count` consecutive values; returns the first. A count of 0 takes none and returns the next one. */
  async next(table: string, count: bigint, signal?: AbortSignal): Promise<bigint> {
    if (count < 0n || count > largestCount) {
      throw new VtError(Code.INVALID_ARGUMENT, `invalid increment for sequence ${table}: ${count}`);
    }
    let sequence = this.sequences.get(table);
    if (!sequence) {
      sequence = { mutex: new Mutex(), next: 0n, end: 0n };
      this.sequences.set(table, sequence);
    }
    if (!sequence.mutex.isLocked && sequence.next + count <= sequence.end && count > 0n) {
      return advance(sequence, count);
    }
    const state = sequence;
    return state.mutex.runExclusive(async () => {
      const wanted = count === 0n ? 1n : count;
      if (state.next + wanted > state.end) {
        const block = await this.take(table, wanted, signal);
        // What is left of the old block is used only when the new one follows it without a gap.
        if (block.first !== state.end || state.next === state.end) state.next = block.first;
        state.end = block.end;
      }
      return advance(state, count);
    }, signal);
  }

  /** Forgets the blocks at hand: of one table, or of all when the tablet is no longer the primary. */
  reset(table?: string): void {
    if (table === undefined) this.sequences.clear();
    else this.sequences.delete(table);
  }
}

function advance(sequence: Sequence, count: bigint): bigint {
  const first = sequence.next;
  sequence.next += count;
  return first;
}

/**
 * The block to take from a sequence row: whole multiples of `cache`, at least `count` values from `nextId` on.
 */
export function blockOf(nextId: bigint, cache: bigint, count: bigint): SequenceBlock {
  const blocks = (count + cache - 1n) / cache;
  return { first: nextId, end: nextId + (blocks < 1n ? 1n : blocks) * cache };
}
