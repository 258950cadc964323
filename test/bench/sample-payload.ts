import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, objectField, parseJsonObject } from '../../lib/core/json.ts';
import { PRIORITY } from '../../lib/events/envelope.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import type { Bench } from './benchmark.ts';
import { childEnvironment } from './children.ts';

export const SESSION = '7c0e2a51-93d4-4d0e-8b6f-2f1d5f0c7a11';

/**
 * Writes what Claude Code gives to a PostToolUse hook after a Write, `bytes` long, and returns its
 * path.
 */
export function writePayload(home: BenchHome, bytes: number): string {
  const line = 'export const answer = compute("a \\"quoted\\" text", 42);\n';
  const payload = (content: string): string =>
    JSON.stringify({
      session_id: SESSION,
      transcript_path: join(home.root, 'transcript.jsonl'),
      cwd: home.project,
      permission_mode: 'default',
      hook_event_name: 'PostToolUse',
      tool_name: 'Write',
      tool_input: { file_path: join(home.project, 'src/answer.ts'), content },
      tool_response: {
        type: 'create',
        filePath: join(home.project, 'src/answer.ts'),
        structuredPatch: [],
        userModified: false,
      },
      tool_use_id: 'toolu_01AbCdEfGhIjKlMnOpQrStUv',
      duration_ms: 12,
    });
  const room = bytes - Buffer.byteLength(payload('')) - 1;
  const perLine = JSON.stringify(line).length - 2;
  const file = join(home.root, `payload-${bytes}.json`);
  writeFileSync(
    file,
    `${payload(line.repeat(Math.floor(room / perLine)) + ' '.repeat(room % perLine))}\n`,
  );
  writeFileSync(join(home.root, 'transcript.jsonl'), '');
  return file;
}

/**
 * Writes what Claude Code gives to a PreToolUse hook before a shell command, about `bytes` long,
 * and returns its path.
 */
export function writeCommandPayload(home: BenchHome, command: string, bytes: number): string {
  const payload = (description: string): string =>
    JSON.stringify({
      session_id: SESSION,
      transcript_path: join(home.root, 'transcript.jsonl'),
      cwd: home.project,
      permission_mode: 'default',
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command, description },
      tool_use_id: 'toolu_01AbCdEfGhIjKlMnOpQrStUv',
    });
  const file = join(home.root, `${command.replaceAll(' ', '-')}-${bytes}.json`);
  writeFileSync(
    file,
    `${payload('what it does '.repeat(Math.floor((bytes - payload('').length) / 13)))}\n`,
  );
  return file;
}

/**
 * The payload of the event that the hook makes of a tool call of 4 KB: what the queue is measured
 * with.
 */
export function sampleEventPayload(bench: Bench): JsonObject {
  const home = benchHome(bench);
  const env = childEnvironment({
    ...home.environment,
    WAYMARK_AUTOSTART: '0',
    CLAUDE_PROJECT_DIR: home.project,
  });
  spawnSync(process.execPath, [`${bench.packageFolder}/dist/hooks/post-tool-use.cjs`], {
    env,
    input: readFileSync(writePayload(home, 4_096)),
  });
  const folder = `${home.queue.pending}/${PRIORITY.checkpoint}`;
  const [file] = readdirSync(folder);
  const event =
    file === undefined ? undefined : parseJsonObject(readFileSync(`${folder}/${file}`, 'utf8'));
  if (event === undefined) throw new Error('The hook made no event');
  return objectField(event, 'payload');
}
