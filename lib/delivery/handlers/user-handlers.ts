import { setTimeout as sleep } from 'node:timers/promises';
import type { Subscription, SubscriptionSource } from '../subscription.ts';
import { descriptionCache } from './description-cache.ts';
import { sweepEventFiles } from './event-file.ts';
import { FileEntry, type FileEntryParts, signatureOf } from './file-entry.ts';
import { handlerEnvironment } from './handler-environment.ts';
import { type HandlerScope, projectScope, userScope } from './handler-scope.ts';
import type { KnownHandler } from './known-handler.ts';
import { projectTrust } from './project-trust.ts';
import { refuseNamesakes } from './refuse-namesakes.ts';
import { type ScannedFolder, scanFolder, sidecarOf } from './scan-folder.ts';
import type { TrustedProject } from './trust.ts';
import type { UserHandlersOptions } from './user-handlers-options.ts';

/** The handlers of the user's: those of the state folder and those of trusted projects. */
export interface UserHandlers {
  readonly source: SubscriptionSource;
  /** All that was found at the latest look, usable or not. */
  known(): readonly KnownHandler[];
  /** Folders of which nothing may run, and why. */
  problems(): ReadonlyMap<string, string>;
  /** Looks, and resolves when every module that was found is known, or after `limitMs`. */
  settled(limitMs?: number): Promise<void>;
  /** Ends the processes of modules, and waits for programs that were told to end. */
  close(): Promise<void>;
}

export function openUserHandlers(options: UserHandlersOptions): UserHandlers {
  return new HandlerFolders(options);
}

const LONGEST_WAIT_MS = 60_000;

class HandlerFolders implements UserHandlers {
  readonly #options: UserHandlersOptions;
  readonly #parts: FileEntryParts;
  readonly #trust: ReturnType<typeof projectTrust>;
  readonly #scopes = new Map<TrustedProject, HandlerScope>();
  readonly #own: HandlerScope;
  readonly #told = new Set<string>();
  readonly #running = new Set<Promise<unknown>>();
  #entries: ReadonlyMap<string, FileEntry> = new Map();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #seen: string | undefined;
  #isStale = true;
  #known: readonly KnownHandler[] = [];
  #problems: ReadonlyMap<string, string> = new Map();
  #subscriptions: readonly Subscription[] = [];

  constructor(options: UserHandlersOptions) {
    const {
      home,
      environment,
      clock,
      runner,
      api,
      emit,
      graceMs = 2_000,
      loadMs = 20_000,
      idleMs = 30_000,
      outputHead = 2_000,
    } = options;
    const scratch = `${home}/delivering`;
    const onChange = (): void => {
      this.#isStale = true;
    };
    const cache = descriptionCache(`${home}/views`);
    const handlerEnv = handlerEnvironment(environment, home);
    this.#options = options;
    this.#trust = projectTrust(home);
    this.#own = userScope(home);
    this.#parts = {
      home,
      environment: handlerEnv,
      scratch,
      graceMs,
      clock,
      runner,
      api,
      loadMs,
      idleMs,
      outputHead,
      emit,
      cache,
      onChange,
      track: (run) => this.#track(run),
    };
    sweepEventFiles(scratch, clock());
  }

  readonly source: SubscriptionSource = () => {
    this.#look();
    return this.#subscriptions;
  };

  known(): readonly KnownHandler[] {
    this.#look();
    return this.#known;
  }

  problems(): ReadonlyMap<string, string> {
    this.#look();
    return this.#problems;
  }

  async settled(limitMs = LONGEST_WAIT_MS): Promise<void> {
    this.#look();
    const late = new AbortController();
    const all = Promise.all([...this.#entries.values()].map((entry) => entry.settled()));
    await Promise.race([
      all,
      sleep(limitMs, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    this.#gather();
  }

  async close(): Promise<void> {
    await Promise.all([
      ...[...this.#entries.values()].map((entry) => entry.close()),
      ...this.#running,
    ]);
  }

  #track(run: Promise<unknown>): void {
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
  }

  #look(): void {
    const now = this.#options.clock();
    if (Math.abs(now - this.#lookedAt) >= (this.#options.lookMs ?? 100)) {
      this.#lookedAt = now;
      this.#scan(now);
    }
    if (this.#isStale) this.#gather();
  }

  #scan(now: number): void {
    const folders = [this.#own, ...this.#projectScopes()].map((scope) => ({
      scope,
      problem: scope.problem(),
      found: scanFolder(scope.folder),
    }));
    const seen = folders
      .map(({ scope, problem, found }) =>
        [scope.prefix, scope.folder, problem, found.problem, found.signature].join('\n'),
      )
      .join('\n\n');
    for (const entry of this.#entries.values()) entry.refresh(now);
    if (seen === this.#seen) return;
    this.#seen = seen;
    const entries = new Map<string, FileEntry>();
    const problems = new Map<string, string>();
    for (const { scope, problem, found } of folders) {
      const why = problem ?? found.problem;
      if (why === undefined) this.#read(scope, found, entries);
      else problems.set(scope.folder, why);
    }
    for (const [folder, why] of problems) this.#tell(`${folder}: ${why}`);
    this.#problems = problems;
    for (const [path, entry] of this.#entries) if (entries.get(path) !== entry) entry.retire();
    this.#entries = entries;
    this.#isStale = true;
  }

  #projectScopes(): readonly HandlerScope[] {
    const projects = this.#trust.projects();
    for (const known of this.#scopes.keys())
      if (!projects.includes(known)) this.#scopes.delete(known);
    return projects.map((trusted) => {
      const scope =
        this.#scopes.get(trusted) ??
        projectScope(trusted, this.#trust, this.#options.projectOfSession);
      this.#scopes.set(trusted, scope);
      return scope;
    });
  }

  #read(scope: HandlerScope, { files }: ScannedFolder, entries: Map<string, FileEntry>): void {
    for (const file of files) {
      const sidecar = sidecarOf(file, files);
      const before = this.#entries.get(file.path);
      const isSame =
        before !== undefined &&
        before.signature === signatureOf(file, sidecar) &&
        before.scope === scope;
      entries.set(
        file.path,
        isSame ? before : new FileEntry(this.#parts, scope, file, sidecar, before),
      );
    }
  }

  #gather(): void {
    this.#isStale = false;
    this.#known = refuseNamesakes([...this.#entries.values()].flatMap((entry) => entry.handlers));
    const subscriptions = this.#known.flatMap(({ subscription }) => subscription ?? []);
    const isSame =
      subscriptions.length === this.#subscriptions.length &&
      subscriptions.every((each, index) => each === this.#subscriptions[index]);
    if (!isSame) this.#subscriptions = subscriptions;
    for (const { path, state, reason } of this.#known)
      if (state === 'refused') this.#tell(`${path}: ${reason ?? ''}`);
  }

  /** Says each reason once. */
  #tell(reason: string): void {
    if (this.#told.has(reason) || this.#told.size > 1_000) return;
    this.#told.add(reason);
    this.#options.log('warn', 'HANDLER_REFUSED', `Cannot use ${reason}`);
  }
}
