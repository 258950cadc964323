import { readHookInput, type HookInput } from '../claude/hook-input.ts';
import { headOf } from '../core/text.ts';
import { resolveConfig } from '../config/resolve.ts';
import { type EventDraft, PRIORITY } from '../events/envelope.ts';
import { eventId, stampSource } from '../events/event-id.ts';
import { WaymarkError } from '../core/errors.ts';
import { redactTokens } from '../secrets/redact.ts';
import { saveEvent } from '../hook/save-event.ts';
import { readGitHead } from '../hook/git-head.ts';
import { hookCall } from '../hook/hook-call.ts';
import { operationCount, sessionFolder } from '../hook/throttle.ts';
import type { Database } from '../store/database.ts';
import type { ActionContext } from './action-context.ts';
import { wakeWorker } from './background-worker.ts';
import { findSession, latestSession, type Scope, readSessionPlace } from '../query/find-session.ts';
import { queryStore } from '../query/store-view.ts';

export interface ManualCheckpoint {
  /** The event's id. */
  readonly id: string;
  readonly sessionId: string;
  /** Whether a worker runs or was started. */
  readonly hasWorker: boolean;
}

/** Which session is meant, and what to note. */
export interface CheckpointRequest {
  /**
   * An id, the beginning of one, or `last`; left out: the one around us, else the latest of `cwd`.
   */
  readonly session?: string;
  readonly note?: string;
  readonly cwd: string;
  /** Whether `last`, and a session that is left out, is the latest of all folders. */
  readonly any?: boolean;
}

type Place = Pick<CheckpointRequest, 'cwd' | 'any'> & Pick<ActionContext, 'environment'>;

/** What is known of the session that is meant. */
interface Target {
  readonly sessionId: string;
  readonly project?: string | null;
  readonly transcriptPath?: string | null;
}

/** Longest note that is kept. */
const NOTE_LIMIT = 300;

/**
 * Enqueues a checkpoint by hand, as durable as one of a hook and noted in the session's ledger like
 * it.
 * @throws {@link WaymarkError} NOT_FOUND without a session, QUEUE_FULL, QUEUE_WRITE_FAILED.
 */
export async function createManualCheckpoint(
  actionContext: ActionContext,
  { session, note, cwd, any = false }: CheckpointRequest,
): Promise<ManualCheckpoint> {
  const { environment, clock, folder } = actionContext;
  const place = { environment, cwd, any };
  const target = await queryStore(folder, unknownTarget(place, session), (database) =>
    targetIn(database, place, session),
  );
  if (target === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot choose a session: none was recorded in ${cwd}`, {
      remedy: 'Give one with --session, or --any for the latest of all folders.',
    });
  const input = inputOf(target, cwd);
  const { values: config } = resolveConfig({ environment, userFile: folder.configFile });
  const throttle = sessionFolder(folder.throttle, input.sessionId);
  const call = hookCall({
    input,
    config,
    folder,
    session: throttle,
    isCounted: true,
    projectFolder: target.project ?? environment['CLAUDE_PROJECT_DIR'],
    configFolder: environment['CLAUDE_CONFIG_DIR'] || undefined,
    readGit: readGitHead,
    command: () => 'waymark', // a checkpoint says nothing
  });
  const stamp = stampSource(clock)();
  const fault = saveEvent(draftOf(call, note), {
    folder,
    session: throttle,
    config,
    nextStamp: () => stamp,
    source: 'cli',
  });
  if (fault !== undefined) throw new WaymarkError(fault.code, fault.message);
  return { id: eventId(stamp), sessionId: input.sessionId, hasWorker: wakeWorker(actionContext) };
}

/** Named, or running around us, or the latest of this folder. */
async function targetIn(
  database: Database,
  place: Place,
  session: string | undefined,
): Promise<Target | undefined> {
  const running = place.environment['CLAUDE_CODE_SESSION_ID'];
  const id =
    session !== undefined
      ? await findOrNew(database, session, scopeOf(place))
      : (running ?? (await latestSession(database, scopeOf(place))));
  if (id === undefined) return undefined;
  return { sessionId: id, ...(await readSessionPlace(database, id)) };
}

/** A whole id is good even before the store has heard of it; anything shorter must be known. */
async function findOrNew(database: Database, session: string, scope: Scope): Promise<string> {
  return isWholeId(session) && (await readSessionPlace(database, session)) === undefined
    ? session
    : findSession(database, session, scope);
}

function scopeOf(place: Place): Scope {
  return place.any === true ? 'any' : place;
}

/** There is no store yet: only a whole id can be meant. */
function unknownTarget({ environment }: Place, session: string | undefined): Target | undefined {
  const id = session ?? environment['CLAUDE_CODE_SESSION_ID'];
  return id !== undefined && (session === undefined || isWholeId(id))
    ? { sessionId: id }
    : undefined;
}

function isWholeId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/** The checks of a hook's input hold here, too: the session id becomes a folder name. */
function inputOf({ sessionId, project, transcriptPath }: Target, cwd: string): HookInput {
  const fields = {
    session_id: sessionId,
    hook_event_name: 'Manual',
    cwd: project ?? cwd,
    ...(transcriptPath == null ? {} : { transcript_path: transcriptPath }),
  };
  const input = readHookInput(JSON.stringify(fields));
  if ('problem' in input)
    throw new WaymarkError('USAGE', `Cannot use session ${sessionId}: ${input.problem}`);
  return input;
}

function draftOf(call: ReturnType<typeof hookCall>, note: string | undefined): EventDraft {
  const git = call.git();
  const payload = {
    ...call.identity(),
    kind: 'manual',
    saved_by: 'cli',
    operation_count: operationCount(call.session),
    git_head: git?.head,
    git_branch: git?.branch,
    ...(note === undefined ? {} : { note: headOf(redactTokens(note), NOTE_LIMIT) }),
  };
  return {
    type: 'checkpoint.created',
    priority: PRIORITY.checkpoint,
    correlationId: call.input.sessionId,
    payload,
  };
}
