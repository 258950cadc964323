import { EVENT_TYPES, isEventTypeName } from '../../lib/events/types/registry.ts';
import type { EventEnvelope } from '../../lib/events/envelope.ts';
import { objectField, stringField } from '../../lib/core/json.ts';
import { namesOf } from './event-types-schema.ts';

interface Row {
  readonly type: string;
  readonly source: string;
  readonly from: string;
  readonly count: number;
  readonly example: string;
}

/**
 * The text of docs/event-types-observed.md: which types sessions of the real client made, from
 * what, and which not.
 */
export function observedTypes(
  seen: readonly (readonly [version: string, events: readonly EventEnvelope[]])[],
): string {
  const parts = seen.map(
    ([version, events]) => `## Claude Code ${version}\n\n${tableOf(events)}\n`,
  );
  const all = new Set(seen.flatMap(([, events]) => events.map(({ event_type }) => event_type)));
  const missing = namesOf().filter((type) => !all.has(type));
  const rows = missing.map(
    (type) =>
      `| \`${type}\` | ${EVENT_TYPES[type].madeBy.map(([source, from]) => `${source}: ${from}`).join('; ')} |`,
  );
  return [
    '# Types under the real client\n',
    'Made by `npm run --silent events:observed`: sessions of the real client against a scripted model, with agents that end well, badly and never begin, calls that fail',
    'and are rejected, tasks, a compaction, risky commands, a scanner and a turn that the API ends; then `waymark checkpoint`, `waymark schedule run`, `waymark emit`,',
    '`waymark doctor --audit`, `waymark dead` about a handler that cannot run, and `waymark webhooks test`, whose event is what the receiver got. Meanwhile a second worker was stopped by SIGSTOP.',
    'The counts are those of one run, in which every call was let make a checkpoint.\n',
    ...parts,
    '## Not seen in these sessions\n',
    rows.length === 0
      ? 'None: every type was seen.'
      : `| type | comes from |\n|---|---|\n${rows.join('\n')}`,
    '',
  ].join('\n');
}

function tableOf(events: readonly EventEnvelope[]): string {
  const byId = new Map(events.map((event) => [event.event_id, event]));
  const rows = new Map<string, Row>();
  for (const event of events) {
    const [type, source, from] = [event.event_type, event.source, originOf(event, byId)];
    const key = `${type} ${source} ${from}`;
    const known = rows.get(key);
    rows.set(
      key,
      known === undefined
        ? { type, source, from, count: 1, example: event.event_id }
        : { ...known, count: known.count + 1 },
    );
  }
  const order = namesOf().map(String);
  const rank = (type: string): number =>
    isEventTypeName(type) ? order.indexOf(type) : order.length;
  const sorted = [...rows.values()].sort(
    (one, other) =>
      rank(one.type) - rank(other.type) ||
      one.source.localeCompare(other.source) ||
      one.from.localeCompare(other.from),
  );
  const lines = sorted.map(
    ({ type, source, from, count, example }) =>
      `| \`${type}\` | ${source} | ${from} | ${count} | \`${example}\` |`,
  );
  return [
    '| type | source | hook payload it came from | count | example |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

/** The payload of Claude Code behind an event: that of its hook, or of the event that caused it. */
function originOf(event: EventEnvelope, byId: ReadonlyMap<string, EventEnvelope>): string {
  const { source, payload, metadata } = event;
  if (source.startsWith('hook/')) return hookPayload(event);
  if (source.startsWith('log/')) return 'a line of the log';
  const cause = metadata?.cause === undefined ? undefined : byId.get(metadata.cause);
  if (cause !== undefined) return `\`${cause.event_type}\` (${originOf(cause, byId)})`;
  const by = stringField(payload, 'by');
  if (source === 'worker' && by !== undefined)
    return by.startsWith('hook/')
      ? `${by.slice('hook/'.length)}, which found no worker`
      : 'a command that found no worker';
  const tool = stringField(payload, 'tool');
  if (tool !== undefined && stringField(payload, 'tool_use_id') !== undefined)
    return `a call of ${tool}, from its hook or the transcript`;
  if (stringField(payload, 'schedule') !== undefined)
    return `the schedule \`${stringField(payload, 'schedule')}\``;
  if (source === 'cli') return 'a command';
  return stringField(payload, 'session_id') === undefined ? 'waymark itself' : 'the transcript';
}

function hookPayload({ source, event_type, payload }: EventEnvelope): string {
  const hook = source.slice('hook/'.length);
  if (hook === 'statusline') return 'the input of the status line';
  const call = objectField(payload, 'call');
  const isAgentCall =
    event_type === 'routing.decision_made' ||
    event_type === 'task.assigned' ||
    (event_type === 'worker.failed' && hook === 'PostToolUseFailure');
  const tool =
    stringField(call, 'tool') ??
    stringField(payload, 'tool') ??
    (isAgentCall ? 'Agent' : undefined);
  const isWithin = payload['agent_id'] !== undefined && !hook.startsWith('Subagent');
  return `${hook}${tool === undefined ? '' : ` of ${tool}`}${isWithin ? ', within an agent' : ''}`;
}
