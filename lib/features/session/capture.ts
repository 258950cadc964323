import { type AwaitedAnswer, awaitedAnswer } from '../../claude/hook-input.ts';
import { redactHead } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../events/envelope.ts';
import { stringField } from '../../core/json.ts';
import { clientProcess } from '../../hook/client-process.ts';
import type { HookCall } from '../../hook/hook-call.ts';

/** Longest head of a prompt that is kept. */
const PROMPT_LIMIT = 500;

/** Longest head of a notification that is kept. */
const MESSAGE_LIMIT = 200;

/** SessionStart, UserPromptSubmit, Notification, SessionEnd: the life of a session. */
export function captureSession(call: HookCall): readonly EventDraft[] {
  switch (call.input.event) {
    case 'SessionStart':
      return [
        draft(call, 'session.started', {
          reason: field(call, 'source'),
          model: field(call, 'model'),
          client: clientProcess(),
        }),
      ];
    case 'UserPromptSubmit':
      return [draft(call, 'session.prompt_submitted', promptOf(call))];
    case 'Notification':
      return [draft(call, 'session.notified', notificationOf(call))];
    case 'SessionEnd':
      return [draft(call, 'session.ended', { reason: field(call, 'reason') })];
    default:
      return [];
  }
}

/** What the client tells the user, and which answer it waits for. */
function notificationOf(call: HookCall): Record<string, unknown> {
  const type = field(call, 'notification_type')?.slice(0, MESSAGE_LIMIT);
  const message = field(call, 'message') ?? '';
  const awaited: AwaitedAnswer | undefined = awaitedAnswer(type, message);
  return {
    notification: type,
    waits_for: awaited,
    message: redactHead(message, MESSAGE_LIMIT),
  };
}

/**
 * Returns the prompt's fields. A background agent announces its end by a prompt that no person
 * typed.
 */
function promptOf(call: HookCall): Record<string, unknown> {
  const prompt = stringField(call.input.fields, 'prompt') ?? '';
  return {
    prompt: redactHead(prompt, PROMPT_LIMIT),
    prompt_length: prompt.length,
    ...(prompt.startsWith('<task-notification>')
      ? { synthetic: true, agent: announced(prompt) }
      : {}),
  };
}

/**
 * Parses the client's report about an agent: its identity is at the start, its usage at the end,
 * its own words in between.
 */
function announced(prompt: string): Record<string, unknown> {
  const head = prompt.slice(0, 2_000).split('<result>')[0] ?? '';
  const [, tokens, uses, duration] =
    /<usage><subagent_tokens>(\d{1,15})<\/subagent_tokens><tool_uses>(\d{1,9})<\/tool_uses><duration_ms>(\d{1,12})<\/duration_ms><\/usage>\s*<\/task-notification>\s*$/.exec(
      prompt.slice(-500),
    ) ?? [];
  const counted =
    tokens === undefined
      ? {}
      : { tokens: Number(tokens), tool_uses: Number(uses), duration_ms: Number(duration) };
  return {
    agent_id: tag(head, 'task-id'),
    tool_use_id: tag(head, 'tool-use-id'),
    status: tag(head, 'status'),
    ...counted,
  };
}

function tag(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([\\w-]{1,128})</${name}>`).exec(text)?.[1];
}

function field(call: HookCall, name: string): string | undefined {
  return stringField(call.input.fields, name);
}

function draft(call: HookCall, type: string, own: Record<string, unknown>): EventDraft {
  const correlationId = call.input.promptId ?? call.input.sessionId;
  return {
    type,
    priority: PRIORITY.normal,
    correlationId,
    payload: { ...call.identity(), ...own },
  };
}
