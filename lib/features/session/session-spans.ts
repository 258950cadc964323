import { dirname, basename } from 'node:path';
import type { EventEnvelope } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';

/** Where a session was, at one moment. */
export interface SessionPlace {
  readonly project: string | null;
  readonly worktree: string | null;
  readonly repository: string | null;
  /** Whether the event told worktree and repository, too, be it that there are none. */
  readonly isWhole: boolean;
  /** Milliseconds since the epoch; `null` where no event named a project. */
  readonly at: number | null;
}

/** The client's record of a session, as one event named it. */
export interface SessionTranscript {
  readonly path: string;
  /** The client's own folder, which holds `projects/<project>/<session>.jsonl`; `null` where the path has another shape. */
  readonly configFolder: string | null;
  readonly at: number;
}

/** What a batch of events tells of one session. */
export interface SessionSpan {
  readonly first: number;
  readonly last: number;
  /** The latest place; several when events of one millisecond disagree, and the store decides. Never empty. */
  readonly places: readonly SessionPlace[];
  /** The latest transcript that was named; `undefined` where none was. */
  readonly transcript: SessionTranscript | undefined;
}

const NOWHERE: SessionPlace = {
  project: null,
  worktree: null,
  repository: null,
  isWhole: false,
  at: null,
};

/** Sums a batch up per session, so that the store is asked once per session and not once per event. */
export function sessionSpans(events: readonly EventEnvelope[]): ReadonlyMap<string, SessionSpan> {
  const spans = new Map<string, SessionSpan>();
  for (const event of events) {
    const session = stringField(event.payload, 'session_id');
    if (session === undefined) continue;
    const at = Date.parse(event.timestamp);
    const known = spans.get(session);
    spans.set(session, {
      first: Math.min(known?.first ?? at, at),
      last: Math.max(known?.last ?? at, at),
      places: latest(known?.places ?? [NOWHERE], placeOf(event, at)),
      transcript: laterOf(known?.transcript, transcriptOf(event, at)),
    });
  }
  return spans;
}

/** What an event leaves out it does not tell; `null` tells that there is none. */
function placeOf({ payload }: EventEnvelope, at: number): SessionPlace {
  const project = stringField(payload, 'project');
  if (project === undefined) return NOWHERE;
  return {
    project,
    worktree: stringField(payload, 'worktree') ?? null,
    repository: stringField(payload, 'repository') ?? null,
    isWhole: payload['worktree'] !== undefined && payload['repository'] !== undefined,
    at,
  };
}

function transcriptOf({ payload }: EventEnvelope, at: number): SessionTranscript | undefined {
  const path = stringField(payload, 'transcript_path');
  return path === undefined ? undefined : { path, configFolder: configFolderOf(path), at };
}

function configFolderOf(path: string): string | null {
  const projects = dirname(dirname(path));
  return basename(projects) === 'projects' ? dirname(projects) : null;
}

function laterOf(
  one: SessionTranscript | undefined,
  other: SessionTranscript | undefined,
): SessionTranscript | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.at > one.at || (other.at === one.at && other.path > one.path) ? other : one;
}

function latest(places: readonly SessionPlace[], place: SessionPlace): readonly SessionPlace[] {
  const known = places[0] ?? NOWHERE;
  const order = rank(place) - rank(known) || (place.at ?? -1) - (known.at ?? -1);
  if (order !== 0) return order > 0 ? [place] : places;
  return place.at === null || places.some((other) => isSame(other, place))
    ? places
    : [...places, place];
}

/** An event that tells all of a place says more than one which names the project alone, whichever is later. */
function rank(place: SessionPlace): number {
  return place.at === null ? 0 : place.isWhole ? 2 : 1;
}

function isSame(one: SessionPlace, other: SessionPlace): boolean {
  return (
    one.project === other.project &&
    one.worktree === other.worktree &&
    one.repository === other.repository
  );
}
