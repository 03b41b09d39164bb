import { isAtOrBelow } from '../path';
import type { ZkClient } from './zk-client';
import type { ZkCallSettings } from './zk-session';

/** Who follows a node and all below it. */
export interface ZkWatcher {
  /** A node was made, changed or deleted. */
  onEvent(node: string): void;
  /** The connection is a new one: changes may have been missed, so all is to be read again. */
  onRestored(): void;
}

/** The watches of one session: one a node, however many follow it, and set again on each new connection. */
export class ZkWatches {
  private readonly watchers = new Map<string, Set<ZkWatcher>>();

  constructor(private readonly client: ZkClient) {
    client.session.notifications.add(({ path }) => this.notify(path));
    client.session.connections.add(() => void this.restore());
  }

  /** From its return on the watcher hears of every change. The returned function ends that. */
  async add(node: string, watcher: ZkWatcher, settings: ZkCallSettings): Promise<() => void> {
    let watchers = this.watchers.get(node);
    if (!watchers) this.watchers.set(node, (watchers = new Set()));
    watchers.add(watcher);
    const remove = (): void => this.remove(node, watcher);
    try {
      // Also when somebody watches already: that watch may still be on its way.
      await this.client.addWatch(node, settings);
    } catch (error) {
      remove();
      throw error;
    }
    return remove;
  }

  private remove(node: string, watcher: ZkWatcher): void {
    const watchers = this.watchers.get(node);
    if (!watchers?.delete(watcher) || watchers.size > 0) return;
    this.watchers.delete(node);
    // A watch that stays tells of changes that nobody wants to hear.
    this.client.removeWatch(node, {}).catch(() => undefined);
  }

  private notify(path: string): void {
    for (const [node, watchers] of this.watchers) {
      if (node !== '/' && !isAtOrBelow(path, node)) continue;
      for (const watcher of [...watchers]) watcher.onEvent(path);
    }
  }

  private async restore(): Promise<void> {
    const nodes = [...this.watchers.keys()];
    // When the connection is lost again, the next one tries again.
    await Promise.all(
      nodes.map((node) =>
        this.client.addWatch(node, {}).then(
          () => this.watchers.get(node)?.forEach((watcher) => watcher.onRestored()),
          () => undefined,
        ),
      ),
    );
  }
}
