import type { StateFolder } from '../../core/state-folder.ts';
import type { Database } from '../../store/database.ts';
import { queryStore } from '../store-view.ts';
import {
  countSecurity,
  NO_SECURITY_EVENTS,
  readSecurity,
  type SecurityEvents,
} from './read-security.ts';
import { lastDays, spanBefore } from './report-span.ts';
import {
  type Posture,
  postureOf,
  type SecurityCheck,
  securityChecklist,
} from './security-checklist.ts';

/** How secure the work of the last days was. Field names are a contract. */
export interface SecurityState {
  readonly days: number;
  readonly posture: Posture;
  readonly checks: readonly SecurityCheck[];
  readonly events: SecurityEvents;
  /** Of the same number of days before, to compare with. */
  readonly before: Pick<SecurityEvents, 'total' | 'levels'>;
}

/**
 * Reads findings, scans and the checklist of the last days.
 * @throws {@link WaymarkError} STORE_UNAVAILABLE or STORE_CORRUPT when the store cannot be read.
 */
export async function readSecurityState(
  folder: StateFolder,
  now: number,
  days: number,
): Promise<SecurityState> {
  const span = lastDays(days, now);
  const nothing = { events: NO_SECURITY_EVENTS, before: NO_SECURITY_EVENTS };
  const { events, before } = await queryStore(folder, nothing, async (database: Database) => ({
    events: await readSecurity(database, span),
    before: await countSecurity(database, spanBefore(span)),
  }));
  const checks = securityChecklist(folder, events, now);
  const { total, levels } = before;
  return { days, posture: postureOf(checks), checks, events, before: { total, levels } };
}
