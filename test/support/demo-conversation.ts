import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StateFolder } from '../../lib/core/state-folder.ts';
import type { JsonObject } from '../../lib/core/json.ts';

export const TOLD_SESSION = 'cccc3333-0000-4000-8000-000000000003';
const AGENT = 'aa1416e577d1b6327';
const PROJECT = '/home/annika/shop';

/** What only somebody's own machine knows, and a secret: an answer has them. */
export const PERSONAL =
  'Mail annika@corp.example, ask http://build7.corp.internal/x and 10.1.2.3. Token ghp_0123456789abcdefghijABCDEFGHIJ012345.';

/**
 * Writes a session whose transcript has edits, failures, an agent, a compaction, a picture and a
 * block that nobody knows.
 * @param more Lines that come after it.
 * @returns the path of the transcript.
 */
export function writeConversation(folder: StateFolder, more: readonly object[] = []): string {
  const base = `${dirname(folder.root)}/claude/projects/-home-annika-shop`;
  const path = `${base}/${TOLD_SESSION}.jsonl`;
  mkdirSync(`${base}/${TOLD_SESSION}/subagents`, { recursive: true });
  writeFileSync(path, filled('session', path) + [...ownLines(), ...more].map(lineOf).join(''));
  const agent = filled('agent', path);
  writeFileSync(`${base}/${TOLD_SESSION}/subagents/agent-${AGENT}.jsonl`, agent);
  return path;
}

/** What hooks told of that session: type, seconds since the start, payload. */
export function conversationEvents(
  path: string,
): ReadonlyArray<readonly [string, number, JsonObject]> {
  const mine = {
    session_id: TOLD_SESSION,
    project: PROJECT,
    worktree: PROJECT,
    transcript_path: path,
  };
  return [
    ['session.started', 0, { ...mine, reason: 'startup', model: 'claude-opus-4-8' }],
    ['session.prompt_submitted', 1, { ...mine, prompt: 'Some invoices come out a cent short.' }],
    ['agent.started', 2, { ...mine, agent_id: AGENT, agent_type: 'Explore' }],
    ['session.ended', 90, { ...mine, reason: 'exit' }],
  ];
}

function ownLines(): readonly object[] {
  const timestamp = '2026-11-22T10:01:00.000Z';
  const picture = {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
  };
  return [
    {
      type: 'user',
      uuid: 'u-picture',
      timestamp,
      message: {
        role: 'user',
        content: [{ type: 'text', text: 'Whom do I ask?' }, picture, { type: 'hologram', x: 1 }],
      },
    },
    {
      type: 'attachment',
      timestamp,
      attachment: {
        type: 'hook_additional_context',
        content: ['This command failed before: npm run tset.'],
        toolUseID: 't',
      },
    },
    {
      type: 'assistant',
      uuid: 'u-answer',
      timestamp,
      message: { id: 'msg_own', role: 'assistant', content: [{ type: 'text', text: PERSONAL }] },
    },
  ];
}

function lineOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}

function filled(name: string, transcript: string): string {
  return readFileSync(new URL(`../fixtures/conversation/${name}.jsonl`, import.meta.url), 'utf8')
    .replaceAll(placeholder('PROJECT'), PROJECT)
    .replaceAll(placeholder('SESSION'), TOLD_SESSION)
    .replaceAll(placeholder('TRANSCRIPT'), transcript);
}

function placeholder(name: string): string {
  return `$\{${name}}`;
}
