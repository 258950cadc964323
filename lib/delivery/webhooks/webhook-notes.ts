import { readFileSync } from 'node:fs';
import { type JsonObject, isJsonObject, parseJsonObject, stringField } from '../../core/json.ts';
import { replaceFile } from '../../core/replace-file.ts';

/** What became of the deliveries of the webhooks in a state folder. Written only by the worker that delivers. */
export const webhookNotesFile = (root: string): string => `${root}/webhooks-state.json`;

/** What is known of one webhook since it was switched on. Times are ISO 8601. */
export interface WebhookNote {
  readonly lastSuccessAt?: string;
  /** When the first of the deliveries failed that failed without one success between them. */
  readonly failingSince?: string;
  readonly lastFailureAt?: string;
  /** Why the latest failure failed. */
  readonly reason?: string;
  /** When the receiver said that it wants nothing any more. */
  readonly goneAt?: string;
  /** When it was last said aloud that it has been failing for long. */
  readonly saidAt?: string;
  /** When a failure last became an event. */
  readonly reportedAt?: string;
}

/** Notes by the id of their webhook; a file that is missing or broken holds none. */
export function readNotes(file: string): ReadonlyMap<string, WebhookNote> {
  const notes = new Map<string, WebhookNote>();
  for (const [id, note] of Object.entries(contentOf(file)))
    if (isJsonObject(note)) notes.set(id, noteOf(note));
  return notes;
}

/** Replaces all notes in one step. @throws when the disk does not take it. */
export function writeNotes(file: string, notes: ReadonlyMap<string, WebhookNote>): void {
  replaceFile(file, `${JSON.stringify(Object.fromEntries(notes), null, 2)}\n`, {
    mode: 0o600,
    fsync: false,
  });
}

function contentOf(file: string): JsonObject {
  try {
    return parseJsonObject(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {}; // not written yet
  }
}

const FIELDS = [
  'lastSuccessAt',
  'failingSince',
  'lastFailureAt',
  'reason',
  'goneAt',
  'saidAt',
  'reportedAt',
] as const;

function noteOf(found: JsonObject): WebhookNote {
  return Object.fromEntries(
    FIELDS.flatMap((name) => [[name, stringField(found, name)] as const]).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
