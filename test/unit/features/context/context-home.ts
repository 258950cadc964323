import { mkdirSync, readFileSync } from 'node:fs';
import { type EventDraft, sealEvent } from '../../../../lib/events/envelope.ts';
import { stampSource } from '../../../../lib/events/event-id.ts';
import type { JsonObject } from '../../../../lib/core/json.ts';
import { parseJsonObject } from '../../../../lib/core/json.ts';
import { type StateFolder, stateFolderAt } from '../../../../lib/core/state-folder.ts';
import {
  createContextCheckRefresher,
  createContextRefresher,
  type ContextSettings,
} from '../../../../lib/features/context/view.ts';
import { eventApplier } from '../../../../lib/store/apply-events.ts';
import type { Database } from '../../../../lib/store/database.ts';
import { EFFECTS } from '../../../../lib/worker/effects.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { testStore } from '../../../support/test-store.ts';

export const SESSION = 's1';

export interface ContextHome {
  readonly database: Database;
  readonly folder: StateFolder;
  readonly clock: () => number;
  advance(ms: number): void;
  /** Applies an event of a hook, at the time of the clock. */
  event(type: string, payload?: JsonObject, source?: string): void;
  /** An answer of the main chain, or what a compaction left. */
  answer(tokens: number, model?: string): void;
  compaction(tokens: number): void;
  /** Makes the view again. @returns it, or `undefined` when there is none. */
  refresh(settings?: Partial<ContextSettings>): JsonObject | undefined;
  /**
   * Looks at it as the worker does when something new is known. @returns the view as it is then.
   */
  look(): JsonObject | undefined;
  /** What was raised so far: type and threshold. */
  raised(): readonly string[];
  /** Lets the next storing of events fail. */
  failOnce(error: Error): void;
}

/** A store and a state folder with one session. */
export function contextHome(): ContextHome {
  const database = testStore();
  const folder = stateFolderAt(tempFolder());
  mkdirSync(folder.queue);
  mkdirSync(folder.throttle, { recursive: true });
  const { clock, advance } = fakeClock();
  const nextStamp = stampSource(clock);
  const apply = eventApplier(database, EFFECTS, clock);
  let failure: Error | undefined;
  let samples = 0;
  const store = (drafts: readonly EventDraft[]): void => {
    if (failure !== undefined) {
      const error = failure;
      failure = undefined;
      throw error;
    }
    apply(drafts.map((draft) => sealEvent(draft, nextStamp(), 'worker')));
  };
  const insert =
    'INSERT INTO context_samples (session_id, message_id, placed_at, at, model, tokens) VALUES (?1, ?2, ?3, ?3, ?4, ?5)';
  const event = (type: string, payload: JsonObject = {}, source = 'hook/Test'): void => {
    const results = apply([
      sealEvent(
        {
          type,
          priority: 5,
          payload: { session_id: SESSION, project: '/nowhere/shop', ...payload },
        },
        nextStamp(),
        source,
      ),
    ]);
    if (results.some(({ state }) => state !== 'applied'))
      throw new Error(`${type} was not applied`);
  };
  const sample = (id: string, model: string | null, tokens: number): void => {
    advance(1_000);
    database.prepare(insert).run(SESSION, id, clock(), model, tokens);
  };
  return {
    database,
    folder,
    clock,
    advance,
    event,
    answer: (tokens, model = 'claude-sonnet-4-5') => {
      samples += 1;
      sample(`msg_${samples}`, model, tokens);
    },
    compaction: (tokens) => {
      samples += 1;
      sample(`compaction ${samples}`, null, tokens);
    },
    refresh: (own = {}) => {
      const settings = { thresholds: [70, 85, 95], windows: [], ...own };
      createContextRefresher({ folder, clock, settings: () => settings, store })(database, SESSION);
      return readView(folder);
    },
    look: () => {
      const settings = { thresholds: [70, 85, 95], windows: [] };
      createContextCheckRefresher({ folder, clock, settings: () => settings, store })(
        database,
        SESSION,
      );
      return readView(folder);
    },
    raised: () =>
      database
        .prepare(
          "SELECT type, json_extract(envelope, '$.payload.threshold') AS threshold FROM events WHERE source = 'worker' ORDER BY seq",
        )
        .all()
        .map(
          ({ type, threshold }) =>
            `${String(type)}${threshold === null ? '' : ` ${String(threshold)}`}`,
        ),
    failOnce: (error) => {
      failure = error;
    },
  };
}

export function readView(folder: StateFolder): JsonObject | undefined {
  try {
    return parseJsonObject(readFileSync(`${folder.views}/context/${SESSION}.json`, 'utf8'));
  } catch {
    return undefined;
  }
}
