import { readFileSync } from 'node:fs';
import { type JsonObject, isJsonObject, parseJsonObject, stringField } from '../../core/json.ts';
import { replaceFile } from '../../core/replace-file.ts';

/**
 * Returns the file with notes about the deliveries of webhooks. Only the worker that delivers
 * writes it.
 */
export const webhookNotesFile = (root: string): string => `${root}/webhooks-state.json`;

/** What is known about one webhook since it was switched on. Times are ISO 8601. */
export interface WebhookNote {
  readonly lastSuccessAt?: string;
  /** Time of the first failure since the last success. */
  readonly failingSince?: string;
  readonly lastFailureAt?: string;
  /** Why the latest failure failed. */
  readonly reason?: string;
  /** When the receiver said that it wants no more events. */
  readonly goneAt?: string;
  /** When the long failure was last reported in the log. */
  readonly saidAt?: string;
  /** When a failure last became an event. */
  readonly reportedAt?: string;
}

/** Reads notes by webhook id. None if the file is missing or broken. */
export function readNotes(file: string): ReadonlyMap<string, WebhookNote> {
  const notes = new Map<string, WebhookNote>();
  for (const [id, note] of Object.entries(contentOf(file)))
    if (isJsonObject(note)) notes.set(id, noteOf(note));
  return notes;
}

/**
 * Replaces all notes in one step.
 * @throws if the disk fails.
 */
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
    return {}; // Not written yet.
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
