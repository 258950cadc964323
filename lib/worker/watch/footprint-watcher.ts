import { type FSWatcher, watch } from 'node:fs';

/** A folder in which files of sessions appear and grow. */
interface Watched {
  readonly watcher: FSWatcher;
  /** Callbacks for a file in it, by session. */
  readonly sessions: Map<string, (name: string | null) => void>;
}

/**
 * Watches folders for several sessions. A folder of two sessions is watched once. Best effort:
 * polling finds the rest.
 */
export class FootprintWatcher {
  readonly #folders = new Map<string, Watched>();

  /**
   * Watches these folders for a session and no others. Missing ones are tried again at the next
   * call.
   */
  watch(
    session: string,
    folders: readonly string[],
    onChange: (path: string | null) => void,
  ): void {
    const wanted = new Set(folders);
    for (const [folder, { sessions }] of this.#folders)
      if (!wanted.has(folder) && sessions.delete(session)) this.#closeIfUnused(folder);
    for (const folder of wanted) {
      const notify = (name: string | null): void =>
        onChange(name === null ? null : `${folder}/${name}`);
      const known = this.#folders.get(folder) ?? this.#open(folder);
      known?.sessions.set(session, notify);
    }
  }

  /** Stops watching for a session. */
  unwatch(session: string): void {
    this.watch(session, [], () => undefined);
  }

  stop(): void {
    for (const folder of [...this.#folders.keys()]) this.#close(folder);
  }

  #open(folder: string): Watched | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        for (const notify of sessions.values()) notify(name);
      });
      const sessions: Watched['sessions'] = new Map();
      watcher.on('error', () => this.#close(folder));
      const watched = { watcher, sessions };
      this.#folders.set(folder, watched);
      return watched;
    } catch {
      return undefined; // Missing, or no watches left.
    }
  }

  #closeIfUnused(folder: string): void {
    if (this.#folders.get(folder)?.sessions.size === 0) this.#close(folder);
  }

  #close(folder: string): void {
    const watched = this.#folders.get(folder);
    this.#folders.delete(folder);
    watched?.watcher.removeAllListeners();
    watched?.watcher.close();
  }
}
