import type { Conn } from './conn';
import { Store } from './store';
import { StoreConn } from './store-conn';

/**
 * A topology in the memory of this process: for tests, and for clusters that need not outlive it. All connections of
 * one `MemoryTopo` see the same files and locks.
 */
export class MemoryTopo {
  readonly store = new Store();

  /** A connection whose paths lie below `root`. */
  connect(root = ''): Conn {
    return new StoreConn(this.store, root);
  }
}
