import { WaymarkError } from '../../core/errors.ts';
import {
  isJsonObject,
  type JsonObject,
  numberField,
  objectField,
  stringField,
} from '../../core/json.ts';
import { computePatternId } from './error-pattern.ts';
import type { KnownPattern } from './known-pattern.ts';

/** Version of the export format. */
export const KNOWLEDGE_FORMAT = 1;

/** A pattern in the export format. Times are ISO; the field names are a contract. */
export interface KnowledgeEntry {
  readonly id: string;
  /** Key of the kind of command. Two patterns with the same key are two ways in which it fails. */
  readonly key: string;
  readonly tool: string;
  /** The command, generalised; empty for a failure without a command. */
  readonly command: string;
  readonly error: string;
  readonly kind: KnownPattern['kind'];
  readonly needle: string;
  readonly isGeneral: boolean;
  readonly scope: KnownPattern['scope'];
  readonly count: number;
  readonly sessions: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly lastError: string;
  readonly lastCommand: string;
  readonly projects: readonly string[];
  readonly failed: KnownPattern['failed'];
  readonly fix: KnownPattern['fix'];
  /** The user's decision, and when it was made; `null` if there is none. */
  readonly action: KnownPattern['action'] | null;
  readonly actionAt: string | null;
}

const KINDS = ['invocation', 'environment', 'result', 'transient', 'information', 'other'] as const;
export const ACTIONS = ['warn', 'ask', 'deny', 'auto-fix', 'mute'] as const;

/** Maximum items of a list, and units of a text, that are imported. */
const LIST_LIMIT = 20;
const TEXT_LIMIT = 500;

/**
 * Parses one exported pattern.
 * @throws {@link WaymarkError} KNOWLEDGE_TOO_NEW for a later format, KNOWLEDGE_INVALID for data
 * that no waymark exported.
 */
export function parseKnowledge(found: JsonObject, format: unknown): KnowledgeEntry {
  requireKnownFormat(format);
  const text = (name: string): string => (stringField(found, name) ?? '').slice(0, TEXT_LIMIT);
  const [id, key, tool, command, error] = [
    text('id'),
    text('key'),
    text('tool'),
    text('command'),
    text('error'),
  ];
  if (tool === '' || !/^[0-9a-f]{16}$/.test(key) || id !== computePatternId(key, error))
    throw invalid(id === '' ? 'a pattern' : id, 'its id does not follow from its key and error');
  const firstSeen = timeOf(found, 'firstSeen', id);
  const lastSeen = timeOf(found, 'lastSeen', id);
  const fix = objectField(found, 'fix');
  const fixText = (stringField(fix, 'text') ?? '').slice(0, TEXT_LIMIT);
  return {
    ...{
      id,
      key,
      tool,
      command,
      error,
      needle: text('needle'),
      isGeneral: found['isGeneral'] === true,
      firstSeen,
      lastSeen,
    },
    kind: KINDS.find((kind) => kind === found['kind']) ?? 'other',
    scope: found['scope'] === 'global' ? 'global' : 'project',
    count: countOf(found, 'count'),
    sessions: countOf(found, 'sessions'),
    lastError: text('lastError'),
    lastCommand: text('lastCommand'),
    projects: listOf(found, 'projects').filter(
      (project): project is string => typeof project === 'string',
    ),
    failed: listOf(found, 'failed').flatMap((item) => momentOf(item) ?? []),
    fix:
      fixText === ''
        ? null
        : {
            text: fixText,
            isEdit: fix['isEdit'] === true,
            isWhole: fix['isWhole'] === true,
            count: countOf(fix, 'count'),
          },
    action: ACTIONS.find((action) => action === found['action']) ?? null,
    actionAt: stringField(found, 'actionAt') === undefined ? null : timeOf(found, 'actionAt', id),
  };
}

/**
 * Checks that this version can read the format.
 * @throws {@link WaymarkError} KNOWLEDGE_TOO_NEW or KNOWLEDGE_INVALID otherwise.
 */
export function requireKnownFormat(format: unknown): void {
  if (format === KNOWLEDGE_FORMAT) return;
  if (typeof format === 'number' && format > KNOWLEDGE_FORMAT)
    throw new WaymarkError(
      'KNOWLEDGE_TOO_NEW',
      `Cannot import knowledge of format ${format}: this waymark reads format ${KNOWLEDGE_FORMAT}`,
    );
  throw invalid('knowledge', 'it names no format');
}

function invalid(what: string, reason: string): WaymarkError {
  return new WaymarkError('KNOWLEDGE_INVALID', `Cannot import ${what}: ${reason}`);
}

function timeOf(found: JsonObject, name: string, id: string): string {
  const at = Date.parse(stringField(found, name) ?? '');
  if (Number.isNaN(at) || at < 0) throw invalid(id, `${name} is not a time`);
  return new Date(at).toISOString();
}

function countOf(found: JsonObject, name: string): number {
  return Math.max(1, Math.floor(numberField(found, name) ?? 1));
}

function listOf(found: JsonObject, name: string): readonly unknown[] {
  const list: unknown = found[name];
  return Array.isArray(list) ? list.slice(0, LIST_LIMIT) : [];
}

function momentOf(item: unknown): KnownPattern['failed'][number] | undefined {
  const exact = isJsonObject(item) ? stringField(item, 'exact') : undefined;
  const at = isJsonObject(item) ? numberField(item, 'at') : undefined;
  return exact === undefined || at === undefined || !/^[0-9a-f]{16}$/.test(exact)
    ? undefined
    : { exact, at };
}
