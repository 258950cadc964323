import { redactedHead } from '../../claude/tool-target.ts';
import { type EventDraft, PRIORITY } from '../../core/envelope.ts';
import { stringField } from '../../core/json.ts';
import { clientProcess } from '../../hook/client-process.ts';
import type { HookCall } from '../../hook/hook-call.ts';

/** Longest head of a prompt that is kept. */
const PROMPT_LIMIT = 500;

/** SessionStart, UserPromptSubmit, SessionEnd: the life of a session. */
export function captureSession(call: HookCall): readonly EventDraft[] {
  switch (call.input.event) {
    case 'SessionStart':
      return [draft(call, 'session.started', { reason: field(call, 'source'), model: field(call, 'model'), client: clientProcess() })];
    case 'UserPromptSubmit':
      return [draft(call, 'session.prompt_submitted', promptOf(call))];
    case 'SessionEnd':
      return [draft(call, 'session.ended', { reason: field(call, 'reason') })];
    default:
      return [];
  }
}

/** A background agent that ends announces itself by a prompt that nobody typed. */
function promptOf(call: HookCall): Record<string, unknown> {
  const prompt = stringField(call.input.fields, 'prompt') ?? '';
  return {
    prompt: redactedHead(prompt, PROMPT_LIMIT),
    prompt_length: prompt.length,
    ...(prompt.startsWith('<task-notification>') ? { synthetic: true } : {}),
  };
}

function field(call: HookCall, name: string): string | undefined {
  return stringField(call.input.fields, name);
}

function draft(call: HookCall, type: string, own: Record<string, unknown>): EventDraft {
  const correlationId = call.input.promptId ?? call.input.sessionId;
  return { type, priority: PRIORITY.normal, correlationId, payload: { ...call.identity(), ...own } };
}
