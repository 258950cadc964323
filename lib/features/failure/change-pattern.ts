import type { EventEnvelope } from '../../events/envelope.ts';
import { WaymarkError } from '../../core/errors.ts';
import { isJsonObject, stringField } from '../../core/json.ts';
import type { Database } from '../../store/database.ts';
import { requestRefresh } from '../../store/refreshes.ts';
import { choose } from './choose.ts';
import { keepImported } from './keep-imported.ts';
import { ACTIONS, readKnowledge } from './knowledge-entry.ts';

const CONFIRM = `INSERT INTO pattern_choices (pattern_id, confirmed_fix, confirmed_at, confirmed_by) VALUES (?, ?, ?, ?)
  ON CONFLICT (pattern_id) DO UPDATE SET confirmed_fix = excluded.confirmed_fix, confirmed_at = excluded.confirmed_at, confirmed_by = excluded.confirmed_by
  WHERE confirmed_at IS NULL OR (confirmed_at, confirmed_by) < (excluded.confirmed_at, excluded.confirmed_by)`;

const DELETE = `INSERT INTO pattern_choices (pattern_id, deleted_at) VALUES (?, ?)
  ON CONFLICT (pattern_id) DO UPDATE SET deleted_at = max(coalesce(deleted_at, excluded.deleted_at), excluded.deleted_at)`;

/**
 * `learning.pattern_changed`: sets an action, confirms a fix, deletes what is known so far, or brings in a pattern that was learned elsewhere.
 * It may come before the pattern itself is known. @throws {@link WaymarkError} EVENT_INVALID, KNOWLEDGE_TOO_NEW, KNOWLEDGE_INVALID.
 */
export function changePattern(database: Database, event: EventEnvelope): void {
  const { payload } = event;
  const at = Date.parse(event.timestamp);
  const patternId = stringField(payload, 'pattern_id') ?? '';
  if (!/^pat_[0-9a-f]{12}$/.test(patternId))
    throw new WaymarkError('EVENT_INVALID', 'Cannot change a pattern: pattern_id is not one');
  const action = stringField(payload, 'action');
  if (action !== undefined) {
    const chosen = ACTIONS.find((known) => known === action) ?? null;
    if (chosen === null && action !== 'default')
      throw new WaymarkError(
        'EVENT_INVALID',
        `Cannot change ${patternId}: there is no such action`,
      );
    choose(database, {
      patternId,
      action: chosen,
      fix: stringField(payload, 'fix') ?? null,
      at,
      by: event.event_id,
    });
  }
  const confirmed = stringField(payload, 'confirmed');
  if (confirmed !== undefined)
    database.prepare(CONFIRM).run(patternId, confirmed, at, event.event_id);
  if (payload['deleted'] === true) database.prepare(DELETE).run(patternId, at);
  const imported = payload['imported'];
  if (isJsonObject(imported))
    keepImported(database, readKnowledge({ ...imported, id: patternId }, payload['format']), {
      at,
      by: event.event_id,
    });
  const key = database
    .prepare('SELECT command_key FROM failure_patterns WHERE id = ?')
    .get(patternId)?.['command_key'];
  if (typeof key === 'string') requestRefresh(database, 'failure', [key]);
}
