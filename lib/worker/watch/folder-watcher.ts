import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Reports changes of some files by watching their folders, so that a file may appear, disappear and
 * be replaced. Best effort: polling finds the rest.
 */
export class FolderWatcher {
  readonly #onChange: (path: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #files: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  /** @param onChange Called with the path of a file that may have changed. */
  constructor(onChange: (path: string) => void) {
    this.#onChange = onChange;
  }

  /** Watches these files and no others. Missing folders are tried again at the next call. */
  watch(paths: readonly string[]): void {
    const files = new Map<string, Set<string>>();
    for (const path of paths)
      files.set(dirname(path), (files.get(dirname(path)) ?? new Set()).add(basename(path)));
    this.#files = files;
    for (const folder of this.#watchers.keys()) if (!files.has(folder)) this.#close(folder);
    for (const folder of files.keys()) if (!this.#watchers.has(folder)) this.#open(folder);
  }

  stop(): void {
    for (const folder of [...this.#watchers.keys()]) this.#close(folder);
  }

  #open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) =>
        this.#changed(folder, name),
      );
      watcher.on('error', () => this.#close(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Missing, or no watches left: the next poll finds what was written.
    }
  }

  #changed(folder: string, name: string | null): void {
    const names = this.#files.get(folder) ?? new Set();
    if (name === null) for (const each of names) this.#onChange(`${folder}/${each}`);
    else if (names.has(name)) this.#onChange(`${folder}/${name}`);
    // The folder itself was deleted; a new one of its name is watched at the next call.
    else if (name === basename(folder)) this.#close(folder);
  }

  #close(folder: string): void {
    const watcher = this.#watchers.get(folder);
    this.#watchers.delete(folder);
    watcher?.removeAllListeners();
    watcher?.close();
  }
}
