import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts';
import type { Row, SqlValue } from '../store/database.ts';
import type { TableShape } from '../store/postgres/table-shape.ts';
import { toldColumns } from '../store/postgres/table-shape.ts';
import { FIELD_GROUPS, type FieldGroup } from './field-groups.ts';
import type { Sharing } from './shared-tables.ts';

/** What a text has that may not be empty and is not shared, where readers expect a list. */
const EMPTY_LIST = new Set(['items', 'projects', 'failed']);

/**
 * A row with what the user shares of it. What is left out of a key becomes a hash, so that rows
 * stay apart; elsewhere it becomes NULL, or empty where that may not be.
 * @param salt A secret of this machine, so that a hash cannot be reversed by trying texts.
 */
export function selectFields(
  row: Row,
  {
    shape,
    sharing,
    groups,
    salt,
  }: {
    readonly shape: TableShape;
    readonly sharing: Sharing;
    readonly groups: ReadonlySet<FieldGroup>;
    readonly salt: string;
  },
): Readonly<Record<string, SqlValue>> {
  const withheld = new Set(
    FIELD_GROUPS.flatMap((group) => (groups.has(group) ? [] : (sharing.only?.[group] ?? []))),
  );
  const { key, latest = [], earliest = [] } = shape.definition;
  const columns = toldColumns(shape);
  const values = columns.map(({ name, isRequired }): [string, SqlValue] => {
    const value = row[name] ?? null;
    if (name === 'envelope' && typeof value === 'string')
      return [name, selectFromEnvelope(value, groups)];
    if (!withheld.has(name) || value === null) return [name, value];
    if (key.includes(name)) return [name, hashOf(salt, value)];
    return [name, isRequired ? (EMPTY_LIST.has(name) ? '[]' : '') : null];
  });
  const selected = Object.fromEntries(values);
  const untold = [
    ...latest.filter((tuple) => tuple.every((name) => isUnset(selected[name]))),
    ...earliest.filter(([time]) => isUnset(selected[time])),
  ].flat();
  for (const name of untold) delete selected[name];
  return selected;
}

/** A key as a row has it of which only figures are shared; `undefined`: the same key. */
export function hashedKey(key: Row, { only = {} }: Sharing, salt: string): Row | undefined {
  const grouped = new Set(Object.values(only).flat());
  if (!Object.keys(key).some((name) => grouped.has(name))) return undefined;
  return Object.fromEntries(
    Object.entries(key).map(([name, value]) => [
      name,
      grouped.has(name) ? hashOf(salt, value) : value,
    ]),
  );
}

function isUnset(value: SqlValue | undefined): boolean {
  return value === null || value === undefined;
}

function hashOf(salt: string, value: SqlValue): string {
  return createHash('sha256').update(`${salt}\0${value}`).digest('hex').slice(0, 32);
}

/** Fields of payloads that are texts and say no more than figures do. */
const FIGURES = new Set([
  ...['session_id', 'agent_id', 'tool_use_id', 'tool', 'tool_name', 'outcome', 'kind', 'model'],
  ...['agent_type', 'type', 'status', 'reason', 'source', 'trigger', 'client', 'version', 'mode'],
  ...[
    'checkpoint_id',
    'snapshot_id',
    'pattern_id',
    'task_id',
    'message_id',
    'prompt_id',
    'saved_by',
  ],
]);

const PLACES = new Set([
  ...['project', 'worktree', 'repository', 'transcript_path', 'config_folder', 'cwd'],
]);

const COMMANDS = new Set([
  ...['command', 'target', 'error', 'pattern', 'fix', 'exact', 'file', 'path', 'files', 'commands'],
]);

/**
 * Returns an event without the payload fields that are not shared. A field that no group names
 * counts as a text.
 */
function selectFromEnvelope(envelope: string, groups: ReadonlySet<FieldGroup>): string {
  if (FIELD_GROUPS.every((group) => groups.has(group))) return envelope;
  const event = parseJsonObject(envelope);
  if (event === undefined) return '{}';
  const payload = event['payload'];
  const { metadata: _metadata, ...rest } = event;
  return JSON.stringify({
    ...rest,
    ...(isJsonObject(payload) ? { payload: selectFromPayload(payload, groups) } : {}),
  });
}

function selectFromPayload(payload: JsonObject, groups: ReadonlySet<FieldGroup>): JsonObject {
  const isShared = ([name, value]: [string, unknown]): boolean => {
    if (PLACES.has(name)) return groups.has('places');
    if (COMMANDS.has(name)) return groups.has('commands');
    if (groups.has('texts') || FIGURES.has(name)) return true;
    return value === null || typeof value === 'number' || typeof value === 'boolean';
  };
  return Object.fromEntries(Object.entries(payload).filter(isShared));
}
