import { isoTime } from '../core/clock.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { StateFolder } from '../core/state-folder.ts';
import { countTeamRows } from '../features/failure/table-team.ts';
import { positionOf } from '../fleet/feed-position.ts';
import { type FieldGroup, FIELD_GROUPS, shareRules } from '../fleet/field-groups.ts';
import { KNOWLEDGE_FAULT } from '../fleet/feed-position.ts';
import { readMembership } from '../fleet/membership.ts';
import { feedState, isTracking, lastEvent, trackedChanges } from '../store/changed-rows.ts';
import type { Database } from '../store/database.ts';
import { queryStore } from './store-view.ts';

/**
 * How this machine feeds its team, as `fleet status --json` shows it. Field names are a contract.
 */
export interface FleetStatus {
  readonly joined: boolean;
  /** Whether it has left, and waits until what it had sent is deleted. */
  readonly leaving: boolean;
  /** Without a password; `null` when not joined. */
  readonly target: string | null;
  /** How the team knows this machine. */
  readonly host: string | null;
  readonly name: string | null;
  /** Whose machine it is; `null`: not known, or not joined. */
  readonly person: string | null;
  /** Rows and events that were sent since it joined. */
  readonly sent: number;
  /** Changes and events that were not looked at yet. */
  readonly waiting: number;
  /** Those of them that are in the stream of the team, but not yet in its database. */
  readonly underWay: number;
  readonly lastSentAt: string | null;
  /** Failures whose fix this machine knows from the team. */
  readonly learned: number;
  /** Whether it hears of failures of others: it shares the commands of some folder. */
  readonly learns: boolean;
  /** Why the team cannot be asked about them; `null` when the last question was answered. */
  readonly learnError: string | null;
  /** Why nothing can be sent now; `null` when the last attempt went well. */
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  /** What a person can do about it. */
  readonly lastRemedy: string | null;
  readonly shares: ReadonlyArray<{
    readonly folder: string;
    readonly fields: readonly FieldGroup[];
  }>;
}

interface Progress
  extends Pick<
    FleetStatus,
    | 'sent'
    | 'waiting'
    | 'underWay'
    | 'lastSentAt'
    | 'learned'
    | 'learnError'
    | 'lastError'
    | 'lastErrorAt'
    | 'lastRemedy'
  > {}

const NO_PROGRESS: Progress = {
  sent: 0,
  waiting: 0,
  underWay: 0,
  lastSentAt: null,
  learned: 0,
  learnError: null,
  lastError: null,
  lastErrorAt: null,
  lastRemedy: null,
};

/**
 * Reads it without asking the team.
 * @throws {@link WaymarkError} CONFIG_INVALID, STORE_UNAVAILABLE.
 */
export async function readFleetStatus(folder: StateFolder): Promise<FleetStatus> {
  const membership = readMembership(folder.root);
  const progress =
    membership === undefined
      ? NO_PROGRESS
      : await queryStore(folder, NO_PROGRESS, async (database) => progressOf(database));
  const { values } = resolveConfig({ environment: {}, userFile: folder.configFile });
  const rules = shareRules(values.fleetShare);
  return {
    joined: membership !== undefined,
    leaving: membership?.leaving !== undefined,
    target: membership?.target ?? null,
    host: membership?.host ?? null,
    name: membership?.name ?? null,
    person: membership?.person ?? null,
    learns: membership !== undefined && rules.some(({ groups }) => groups.has('commands')),
    ...progress,
    shares: rules.map(({ folder: path, groups }) => ({
      folder: path,
      fields: FIELD_GROUPS.filter((group) => groups.has(group)),
    })),
  };
}

function progressOf(database: Database): Progress {
  if (!isTracking(database)) return NO_PROGRESS;
  const {
    sent,
    under_way: underWay,
    sent_at: sentAt,
    error,
    error_at: errorAt,
    error_remedy: remedy,
    [KNOWLEDGE_FAULT]: learnError,
  } = feedState(database);
  const events = lastEvent(database) - positionOf(database).event;
  return {
    sent: Number(sent ?? 0),
    waiting: trackedChanges(database).waiting + Math.max(0, events),
    underWay: Number(underWay ?? 0),
    learned: countTeamRows(database),
    learnError: typeof learnError === 'string' ? learnError : null,
    lastSentAt: typeof sentAt === 'number' ? isoTime(sentAt) : null,
    lastError: error === undefined || error === null ? null : String(error),
    lastErrorAt: error !== undefined && typeof errorAt === 'number' ? isoTime(errorAt) : null,
    lastRemedy: error !== undefined && typeof remedy === 'string' ? remedy : null,
  };
}
