import type { DescriptionCache } from './description-cache.ts';
import { classifyFile } from './handler-file.ts';
import {
  executableHandler,
  type EmitFrom,
  moduleHandler,
  refusedHandler,
  userHandlerName,
} from './handler-maker.ts';
import type { KnownHandler } from './known-handler.ts';
import { ModuleRunner } from './module-runner.ts';
import type { ProgramSurroundings } from './deliver-executable.ts';
import type { FoundHandler } from './runner-protocol.ts';
import type { FoundFile } from './scan-folder.ts';

export interface FileEntryParts extends ProgramSurroundings {
  readonly clock: () => number;
  /** The built program for modules, and the file that `import … from 'waymark'` resolves to. */
  readonly runner: string;
  readonly api: string;
  readonly loadMs: number;
  readonly idleMs: number;
  readonly emit: EmitFrom;
  readonly cache: DescriptionCache;
  /** Called when the known handlers of the file changed. */
  readonly onChange: () => void;
}

/**
 * A change beside a module may fix it: a module that could not be loaded is tried again after this
 * time.
 */
const RETRY_MS = 300_000;

/** One file in a handlers folder, with its handlers. */
export class FileEntry {
  readonly signature: string;
  readonly #parts: FileEntryParts;
  readonly #file: FoundFile;
  #handlers: readonly KnownHandler[] = [];
  #module: { readonly base: string; readonly runner: ModuleRunner } | undefined;
  #describing: Promise<void> | undefined;
  #brokenAt: number | undefined;

  /**
   * @param before The file before its change. Its handlers count until those of the new content are
   * known.
   */
  constructor(
    parts: FileEntryParts,
    file: FoundFile,
    sidecar: FoundFile | undefined,
    before: FileEntry | undefined,
  ) {
    this.#parts = parts;
    this.#file = file;
    this.signature = signatureOf(file, sidecar);
    const found = classifyFile(file, sidecar);
    if (found === undefined) return;
    const name = userHandlerName(found.base);
    if (found.kind === 'refused')
      this.#handlers = [refusedHandler({ name, kind: found.is, path: file.path }, found.reason)];
    else if (found.kind === 'executable')
      this.#handlers = [executableHandler(name, file.path, found.given, parts)];
    else this.#openModule(found.base, before);
  }

  get handlers(): readonly KnownHandler[] {
    return this.#handlers;
  }

  /** Resolves when its handlers are known. */
  async whenReady(): Promise<void> {
    await this.#describing;
  }

  /** Tries a module again that could not be loaded a while ago. */
  refresh(now: number): void {
    if (this.#brokenAt !== undefined && Math.abs(now - this.#brokenAt) >= RETRY_MS)
      this.#describe();
  }

  /** The file was changed or deleted: lets running deliveries end. */
  retire(): void {
    this.#module?.runner.retire();
  }

  async close(): Promise<void> {
    await this.#module?.runner.close();
  }

  #openModule(base: string, before: FileEntry | undefined): void {
    const { path } = this.#file;
    this.#module = {
      base,
      runner: new ModuleRunner({ ...this.#parts, path, cwd: this.#parts.home }),
    };
    const known = this.#parts.cache.find(path, this.signature);
    if (known !== undefined) {
      this.#handlers = this.#fromModule(known);
      return;
    }
    const usable = before?.handlers.filter(({ subscription }) => subscription !== undefined) ?? [];
    this.#handlers =
      usable.length > 0
        ? usable
        : [{ name: userHandlerName(base), kind: 'module', path, state: 'loading' }];
    this.#describe();
  }

  #describe(): void {
    const { clock, cache, onChange } = this.#parts;
    const { path } = this.#file;
    const describe = async (): Promise<void> => {
      const loaded = await this.#module?.runner.describe();
      if (loaded === undefined) return;
      this.#brokenAt = loaded.problem === undefined ? undefined : clock();
      if (loaded.problem === undefined) {
        cache.keep(path, this.signature, loaded.handlers);
        this.#handlers = this.#fromModule(loaded.handlers);
      } else this.#handlers = [this.#refused(`it cannot be loaded: ${loaded.problem}`)];
      onChange();
    };
    this.#brokenAt = undefined;
    this.#describing = describe();
  }

  #fromModule(found: readonly FoundHandler[]): readonly KnownHandler[] {
    const module = this.#module;
    if (module === undefined) return [];
    if (found.length === 0)
      return [
        this.#refused(
          'it exports no handler: `export const NAME = defineHandler({ on, handle })`; put code that handlers share into a subfolder',
        ),
      ];
    return found.map((one) =>
      moduleHandler(module.base, this.#file.path, one, module.runner, this.#parts.emit),
    );
  }

  #refused(reason: string): KnownHandler {
    return refusedHandler(
      {
        name: userHandlerName(this.#module?.base ?? this.#file.name),
        kind: 'module',
        path: this.#file.path,
      },
      reason,
    );
  }
}

/** Returns a text that changes when a file or its sidecar does. */
export function signatureOf(file: FoundFile, sidecar: FoundFile | undefined): string {
  return sidecar === undefined ? file.signature : `${file.signature}\n${sidecar.signature}`;
}
