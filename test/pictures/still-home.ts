import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { loadRecording, type RecordingName } from '../../lib/actions/demo/recording.ts';
import { isoTime } from '../../lib/core/clock.ts';
import { type JsonObject, objectField, stringField } from '../../lib/core/json.ts';
import { stateFolderAt, type StateFolder } from '../../lib/core/state-folder.ts';
import { readSessionTranscripts } from '../../lib/features/operation/read-session.ts';
import { createHookMessageRefresher } from '../../lib/features/hook-messages/follow-up.ts';
import { makeQueueFolder, queueFolder } from '../../lib/queue/queue-folder.ts';
import { writeHeartbeat } from '../../lib/queue/wakeup/heartbeat.ts';
import { listen } from '../../lib/queue/wakeup/listen.ts';
import { OPERATION_TOOLS } from '../../lib/claude/operation-tools.ts';
import { packageVersion } from '../../lib/core/package-folder.ts';
import { runCommand } from '../unit/cli/run-command.ts';
import { eventApplier } from '../../lib/store/apply-events.ts';
import { EFFECTS } from '../../lib/worker/effects.ts';
import { learn } from '../support/learn.ts';
import { inStore } from '../unit/cli/prepared-store.ts';

/** When the pictures are taken: on a Sunday at noon. */
export const NOW = Date.parse('2026-11-22T12:00:00.000Z');

const MINUTE = 60_000;
const INVOICES = '/work/invoices';
const SHOP = '/work/shop';

/** A session of the home, and what its hooks told of it, in the order of time. */
interface StillSession {
  readonly id: string;
  readonly project: string;
  readonly startedAt: number;
  readonly transcript: readonly JsonObject[];
  readonly events: readonly StillEvent[];
}

/** An event, by its place between the lines of the transcript. */
interface StillEvent {
  readonly line: number;
  readonly type: string;
  readonly payload: JsonObject;
}

/** A home whose worker is awake until it is closed. */
export interface StillHome {
  readonly home: string;
  readonly folder: StateFolder;
  close(): void;
}

/** The home of a person who used Claude Code three times since yesterday, in two projects. */
export async function makeStillHome(home: string): Promise<StillHome> {
  const folder = stateFolderAt(`${home}/.local/state/waymark`, {}, [`${home}/run`]);
  for (const path of ['bin', 'run', '.claude'])
    mkdirSync(`${home}/${path}`, { recursive: true, mode: 0o700 });
  symlinkSync(process.execPath, `${home}/bin/node`);
  const client = '#!/bin/sh\necho "2.1.330 (Claude Code)"\n';
  writeFileSync(`${home}/bin/claude`, client, { mode: 0o755 });
  const install = ['install', '--yes', '--scope', 'user', '--no-prove'];
  const { status, err } = await runCommand(folder, install, stillSetting(home));
  if (status !== 0) throw new Error(`Cannot make the home of the pictures: ${err}`);
  const sessions = [
    recordedSession('first', '7e1c9a44-5b0d-4c7e-9a51-3f2d1c0b8e01', NOW - 20 * 60 * MINUTE),
    recordedSession('second', 'd562d47b-8f21-4e0a-b6c3-90aa41e7f702', NOW - 42 * MINUTE),
    handmadeSession('2b90f1c6-1d7f-4a3e-8c55-7be0d9a6c403', NOW - 5 * MINUTE),
  ];
  for (const session of sessions) store(session, home, folder);
  return { home, folder, close: beatAsWorker(folder) };
}

/** In which a command is given there. */
export function stillSetting(home: string) {
  const environment = { HOME: home, PATH: `${home}/bin:/usr/bin:/bin`, FORCE_COLOR: '1' };
  return { cwd: '/work/invoices', now: NOW, environment };
}

/** Looks like a worker that came at eight in the morning. @returns what ends it. */
function beatAsWorker({ wake, heartbeat, queue: root }: StateFolder): () => void {
  const id = 'w-4c1d';
  const queue = queueFolder(root);
  makeQueueFolder(queue);
  for (const path of [wake, heartbeat]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const listener = listen(wake, id, {
    ...{ onRing: () => undefined, onQuit: () => undefined, onError: () => undefined },
  });
  writeHeartbeat(heartbeat, {
    ...{ timestamp: isoTime(NOW - 4_000), freshUntil: isoTime(NOW + MINUTE), id, pid: process.pid },
    ...{ version: packageVersion(), leader: true, mode: 'event-loop', iteration: 420 },
    ...{ startedAt: isoTime(NOW - 240 * MINUTE), processed: 96, failed: 0, dead: 0 },
    ...{ lastEventAt: isoTime(NOW - 4 * MINUTE), idleSeconds: 240, queueSize: 0 },
    ...{ processingCount: 0, watcher: { alive: true, restarts: 0 }, rings: 96, watchEvents: 96 },
    ...{ missedWakeUps: 0, latencyMs: null, throughput: 0, memoryMb: 60, tasks: [] },
  });
  return () => listener.close();
}

/** One of the sessions that the demo plays. */
function recordedSession(name: RecordingName, id: string, startedAt: number): StillSession {
  const { payloads, transcript } = loadRecording('templates', name, {
    ...{ PROJECT: INVOICES, SESSION: id, TRANSCRIPT: `/t/${id}.jsonl`, TRANSCRIPTS: '/t' },
  });
  let line = 0;
  const events = payloads.flatMap(({ event, input }): StillEvent[] => {
    const call = stringField(input, 'tool_use_id');
    const prompt = stringField(input, 'prompt_id');
    const place = transcript.findIndex((one) =>
      call === undefined
        ? event === 'UserPromptSubmit' && stringField(one, 'promptId') === prompt
        : JSON.stringify(one).includes(`"id":"${call}"`),
    );
    if (place >= 0) line = place;
    else if (event === 'SessionEnd' || event === 'PreCompact') line = transcript.length;
    else if (event === 'Stop') line += 2;
    const after = call === undefined ? -0.5 : 0.5;
    return eventsOf(event, input, name === 'second').map((made) => ({
      ...made,
      line: line + after,
    }));
  });
  return { id, project: INVOICES, startedAt, transcript, events };
}

const WARNED = 'session.failure_warned';

/**
 * What hooks of ours make of a payload, as far as the pictures show it; `isTold`: the failure is
 * known, the context full.
 */
function eventsOf(
  event: string,
  input: JsonObject,
  isTold: boolean,
): readonly Omit<StillEvent, 'line'>[] {
  const command = stringField(objectField(input, 'tool_input'), 'command');
  const call = {
    ...{ tool: stringField(input, 'tool_name'), tool_use_id: stringField(input, 'tool_use_id') },
    target: command,
  };
  switch (event) {
    case 'SessionStart': {
      const reason = stringField(input, 'source');
      const told = { text_id: 'txt_1', occasion: 'compact', of_session: input['session_id'] };
      return [
        { type: 'session.started', payload: { reason } },
        ...(reason === 'compact' ? [{ type: 'session.resume_told', payload: told }] : []),
      ];
    }
    case 'UserPromptSubmit': {
      const prompt = stringField(input, 'prompt') ?? '';
      const told = { threshold: 85, epoch: 0, percent: 86.2 };
      return [
        { type: 'session.prompt_submitted', payload: { prompt } },
        ...(prompt.includes('changelog')
          ? [{ type: 'session.context_warned', payload: told }]
          : []),
      ];
    }
    case 'PostToolUseFailure': {
      const failed = { ...call, outcome: 'failed', error: stringField(input, 'error') };
      const told = { ...call, verdict: 'warn', fix: 'npm test' };
      return [
        ...(isTold ? [{ type: WARNED, payload: told }] : []),
        { type: 'task.failed', payload: { call: failed } },
      ];
    }
    case 'Stop':
    case 'PreCompact':
      return [checkpoint(event === 'Stop' ? 'stop' : 'pre-compact')];
    case 'SessionEnd':
      return [
        checkpoint('session-end'),
        { type: 'session.ended', payload: { reason: 'prompt_input_exit' } },
      ];
    default:
      return [];
  }
}

function checkpoint(kind: string): Omit<StillEvent, 'line'> {
  return { type: 'checkpoint.created', payload: { kind, saved_by: 'hook/Stop' } };
}

/** A session that still runs. */
function handmadeSession(id: string, startedAt: number): StillSession {
  const calls: readonly HandmadeCall[] = [
    ['Edit', { file_path: `${SHOP}/src/routes/health.py` }],
    [
      'Bash',
      { command: 'python manage.py test health' },
      'Exit code 127\n/bin/bash: line 1: python: command not found',
    ],
    ['Bash', { command: 'python3 manage.py test health' }],
    ['Edit', { file_path: `${SHOP}/docs/operations.md` }],
    ['Bash', { command: 'docker compose up -d db' }, 'Exit code 1\nunknown service: db'],
  ];
  const lines = calls.flatMap((call, index) => callLines(call, `toolu_shop_${index}`));
  const failures = calls.flatMap(([tool, input, error], index): StillEvent[] => {
    if (error === undefined) return [];
    const call = {
      ...{ tool, target: stringField(input, 'command'), outcome: 'failed', error },
      tool_use_id: `toolu_shop_${index}`,
    };
    return [{ line: 2 * index + 0.5, type: 'task.failed', payload: { call } }];
  });
  return {
    ...{ id, project: SHOP, startedAt, transcript: lines },
    events: [
      { line: -0.5, type: 'session.started', payload: { reason: 'startup' } },
      {
        line: -0.5,
        type: 'session.prompt_submitted',
        payload: { prompt: 'Add a health check to the API' },
      },
      ...failures,
    ],
  };
}

type HandmadeCall = readonly [tool: string, input: JsonObject, error?: string];

function callLines([name, input, error]: HandmadeCall, id: string): readonly JsonObject[] {
  const usage = {
    input_tokens: 10,
    cache_creation_input_tokens: 600,
    cache_read_input_tokens: 41_000,
    output_tokens: 90,
  };
  const result = { type: 'tool_result', tool_use_id: id, content: error ?? 'ok' };
  return [
    {
      ...{ type: 'assistant', uuid: `${id}_a`, isSidechain: false },
      message: {
        ...{ id: `msg_${id}`, role: 'assistant', model: 'claude-haiku-4-5-20251001', usage },
        content: [{ type: 'tool_use', id, name, input }],
      },
    },
    {
      ...{ type: 'user', uuid: `${id}_u`, isSidechain: false },
      message: {
        role: 'user',
        content: [error === undefined ? result : { ...result, is_error: true }],
      },
    },
  ];
}

/** Time between two lines of a transcript. */
const LINE_MS = 4_000;

/**
 * Puts a session into the store as the worker would: events, then the transcript, then what follows
 * from both.
 */
function store(session: StillSession, home: string, folder: StateFolder): void {
  const { id, project, startedAt, transcript } = session;
  const file = `${home}/.claude/projects/${project.replaceAll('/', '-')}/${id}.jsonl`;
  mkdirSync(file.slice(0, file.lastIndexOf('/')), { recursive: true });
  const lines = transcript.map((line, index) => ({
    ...line,
    ...{ sessionId: id, cwd: project, timestamp: isoTime(startedAt + (index + 1) * LINE_MS) },
  }));
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const own = {
    ...{ session_id: id, project, worktree: project, repository: `${project}/.git` },
    ...{ transcript_path: file, client: 'claude-code' },
  };
  inStore(folder, (database) => {
    const known = database.prepare('SELECT id FROM failure_patterns').get();
    const events = session.events.map(({ line, type, payload }, index) => {
      const at = startedAt + (line + 1) * LINE_MS + index;
      const more = type === WARNED ? { pattern: String(known?.['id']) } : {};
      return {
        ...{ event_id: eventId(at, id, index), event_type: type, timestamp: isoTime(at) },
        ...{ source: 'hook/Still', payload: { ...own, ...payload, ...more } },
      };
    });
    eventApplier(database, EFFECTS, () => NOW)(events);
    while (readSessionTranscripts(database, id, { now: NOW }).more);
    learn(database, id);
    createHookMessageRefresher(() => NOW)(database, id);
    noteCaptured(
      folder,
      session,
      events.map((event) => event.event_id),
    );
  });
}

/** Notes calls and ids as hooks do, today. */
function noteCaptured(
  { throttle }: StateFolder,
  { id, transcript }: StillSession,
  ids: readonly string[],
): void {
  mkdirSync(`${throttle}/${id}`, { recursive: true, mode: 0o700 });
  const calls = transcript.filter((line) =>
    OPERATION_TOOLS.some(
      (tool) =>
        JSON.stringify(line).includes(`"type":"tool_use","name":"${tool}"`) ||
        JSON.stringify(line).includes(`"name":"${tool}","input"`),
    ),
  );
  writeFileSync(`${throttle}/${id}/ops`, '.'.repeat(calls.length), { mode: 0o600 });
  const file = `${throttle}/${id}/captured`;
  writeFileSync(file, ids.map((one) => `${one}\n`).join(''), { mode: 0o600 });
  utimesSync(file, NOW / 1_000, NOW / 1_000);
}

function eventId(at: number, session: string, index: number): string {
  const [day = '', time = ''] = isoTime(at).replace(/[-:]/g, '').slice(0, 15).split('T');
  const random = `${session.slice(0, 8)}${String(index).padStart(8, '0')}`;
  return `evt_${day}_${time}_${random}`;
}
