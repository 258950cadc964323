import type { EventEnvelope } from '../../events/envelope.ts';
import { WaymarkError } from '../../core/errors.ts';
import { isJsonObject, stringField } from '../../core/json.ts';
import type { RefreshRequest } from '../../store/effect.ts';
import type { Write } from '../../store/sink.ts';
import { computeCommandShapes } from './command-shape.ts';
import { ACTIONS, type KnowledgeEntry, parseKnowledge } from './knowledge-entry.ts';
import { FAILURE_PATTERNS, IMPORTED_BASES, PATTERN_CHOICES } from './table-patterns.ts';
import { FIX_COMMANDS, IMPORTED_FIXES } from './table-fixes.ts';

/** When and by which event a decision was made. */
interface Made {
  readonly at: number;
  readonly by: string;
}

/**
 * Returns the writes for `learning.pattern_changed`: it sets an action, confirms a fix, deletes
 * what is known so far, or imports a pattern. It may arrive before the pattern itself is known.
 * @throws {@link WaymarkError} EVENT_INVALID, KNOWLEDGE_TOO_NEW, KNOWLEDGE_INVALID.
 */
export function createPatternWrites(event: EventEnvelope): ReadonlyArray<Write | RefreshRequest> {
  const { payload } = event;
  const made = { at: Date.parse(event.timestamp), by: event.event_id };
  const pattern = stringField(payload, 'pattern_id') ?? '';
  if (!/^pat_[0-9a-f]{12}$/.test(pattern))
    throw new WaymarkError('EVENT_INVALID', 'Cannot change a pattern: pattern_id is not one');
  const confirmed = stringField(payload, 'confirmed');
  const imported = payload['imported'];
  return [
    ...actionWrites(event, pattern, made),
    ...(confirmed === undefined ? [] : [confirmationWrite(pattern, confirmed, made)]),
    ...(payload['deleted'] === true ? [choiceWrite(pattern, { deleted_at: made.at })] : []),
    ...(isJsonObject(imported)
      ? importWrites(parseKnowledge({ ...imported, id: pattern }, payload['format']), made)
      : []),
    { refresh: 'pattern', key: pattern },
  ];
}

function actionWrites({ payload }: EventEnvelope, pattern: string, made: Made): readonly Write[] {
  const action = stringField(payload, 'action');
  if (action === undefined) return [];
  const chosen = ACTIONS.find((known) => known === action) ?? null;
  if (chosen === null && action !== 'default')
    throw new WaymarkError('EVENT_INVALID', `Cannot change ${pattern}: there is no such action`);
  return [actionWrite(pattern, chosen, stringField(payload, 'fix') ?? null, made)];
}

/**
 * `fix` is the fix for which `auto-fix` was chosen. Of any other fix, Claude only gets a warning.
 */
function actionWrite(
  pattern: string,
  action: (typeof ACTIONS)[number] | null,
  fix: string | null,
  { at, by }: Made,
): Write {
  return choiceWrite(pattern, { action_at: at, action_by: by, action, action_fix: fix });
}

function confirmationWrite(pattern: string, fix: string, { at, by }: Made): Write {
  return choiceWrite(pattern, { confirmed_at: at, confirmed_by: by, confirmed_fix: fix });
}

function choiceWrite(pattern: string, columns: Write['row']): Write {
  return { into: PATTERN_CHOICES, row: { pattern_id: pattern, ...columns } };
}

/** Returns the rows which record that a command is the fix of a pattern. */
export function createFixCommandWrites(
  pattern: string,
  tool: string,
  command: string,
): readonly Write[] {
  return computeCommandShapes(tool, command).map(({ key }) => ({
    into: FIX_COMMANDS,
    row: { command_key: key, pattern_id: pattern },
  }));
}

/**
 * Returns the rows of an imported pattern. They are kept beside what is learned here, and count
 * once however often they are imported. A decision is imported unless a later one was made here.
 * `auto-fix` must be decided on this machine.
 */
function importWrites(entry: KnowledgeEntry, made: Made): readonly Write[] {
  const { id, key, tool, command, error, needle, isGeneral, action, actionAt } = entry;
  const lastAt = Date.parse(entry.lastSeen);
  const pattern = {
    ...{ id, command_key: key, tool, command, error, needle },
    ...{ is_general: isGeneral ? 1 : 0, last_at: lastAt },
  };
  const decided =
    action === null || action === 'auto-fix' || actionAt === null
      ? []
      : [actionWrite(id, action, null, { at: Date.parse(actionAt), by: `import ${id}` })];
  return [
    { into: FAILURE_PATTERNS, row: pattern },
    { into: IMPORTED_BASES, row: baseOf(entry, made) },
    ...importedFixWrites(entry, made),
    ...decided,
  ];
}

function baseOf(entry: KnowledgeEntry, { at, by }: Made): Write['row'] {
  return {
    ...{ pattern_id: entry.id, origin: 'imported', made_at: at, made_by: by },
    ...{ count: entry.count, sessions: entry.sessions, kind: entry.kind },
    ...{ first_at: Date.parse(entry.firstSeen), last_at: Date.parse(entry.lastSeen) },
    ...{ last_error: entry.lastError, last_command: entry.lastCommand },
    ...{ projects: JSON.stringify(entry.projects), failed: JSON.stringify(entry.failed) },
    is_global: entry.scope === 'global' ? 1 : 0,
  };
}

function importedFixWrites({ id, fix }: KnowledgeEntry, { at }: Made): readonly Write[] {
  if (fix === null) return [];
  const { text, count } = fix;
  const columns = { at, text, is_edit: fix.isEdit ? 1 : 0, is_whole: fix.isWhole ? 1 : 0, count };
  const row = { pattern_id: id, evidence: 'imported', session_id: null, ...columns };
  return [
    { into: IMPORTED_FIXES, row },
    ...(fix.isEdit ? [] : createFixCommandWrites(id, 'Bash', text)),
  ];
}
