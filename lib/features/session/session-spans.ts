import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';

/** Where a session was, at one moment. */
export interface SessionPlace {
  readonly project: string | null;
  readonly worktree: string | null;
  readonly repository: string | null;
  readonly transcriptPath: string | null;
  /** Milliseconds since the epoch; `null` where no event named a project. */
  readonly at: number | null;
}

/** What a batch of events tells of one session. */
export interface SessionSpan {
  readonly first: number;
  readonly last: number;
  /** The latest place; several when events of one millisecond disagree, and the store decides. Never empty. */
  readonly places: readonly SessionPlace[];
}

const NOWHERE: SessionPlace = {
  project: null,
  worktree: null,
  repository: null,
  transcriptPath: null,
  at: null,
};

/** Sums a batch up per session, so that the store is asked once per session and not once per event. */
export function sessionSpans(events: readonly EventEnvelope[]): ReadonlyMap<string, SessionSpan> {
  const spans = new Map<string, SessionSpan>();
  for (const event of events) {
    const session = stringField(event.payload, 'session_id');
    if (session === undefined) continue;
    const at = Date.parse(event.timestamp);
    const known = spans.get(session) ?? { first: at, last: at, places: [NOWHERE] };
    spans.set(session, {
      first: Math.min(known.first, at),
      last: Math.max(known.last, at),
      places: latest(known.places, placeOf(event, at)),
    });
  }
  return spans;
}

function placeOf({ payload }: EventEnvelope, at: number): SessionPlace {
  const text = (field: string): string | null => stringField(payload, field) ?? null;
  const project = text('project');
  if (project === null) return NOWHERE;
  return {
    project,
    worktree: text('worktree'),
    repository: text('repository'),
    transcriptPath: text('transcript_path'),
    at,
  };
}

function latest(places: readonly SessionPlace[], place: SessionPlace): readonly SessionPlace[] {
  const known = places[0]?.at ?? -1;
  const at = place.at ?? -1;
  if (at !== known) return at > known ? [place] : places;
  return at === -1 || places.some((other) => isSame(other, place)) ? places : [...places, place];
}

function isSame(one: SessionPlace, other: SessionPlace): boolean {
  return (
    one.project === other.project &&
    one.worktree === other.worktree &&
    one.repository === other.repository &&
    one.transcriptPath === other.transcriptPath
  );
}
