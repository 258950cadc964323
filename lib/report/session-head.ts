import { plainLines } from '../core/one-line.ts';
import { formatDuration } from '../core/units.ts';
import type { Conversation } from '../query/conversation/read-conversation.ts';

/** Facts of a session above its conversation: a label and a text for each. */
export function headFacts({
  session,
  origin,
}: Conversation): ReadonlyArray<readonly [string, string]> {
  const started = Date.parse(session.startedAt);
  const last = Date.parse(session.endedAt ?? session.lastEventAt);
  const calls = `${session.operationCount}, ${session.failureCount} failed`;
  return [
    ['Session', session.id],
    ['Project', session.project ?? 'unknown'],
    ['Started', timeText(started)],
    ['Lasted', Number.isNaN(last) ? 'unknown' : formatDuration(Math.max(0, last - started))],
    ...(session.model === null ? [] : [['Model', session.model] as const]),
    ['Calls', calls],
    ['Words from', ORIGINS[origin]],
  ];
}

/** What a page is called: the words of the session, for want of a title of its own. */
export function headTitle({ session }: Conversation): string {
  const words = clean(session.lastPrompt ?? '').split('\n')[0] ?? '';
  return words === '' ? `Session ${session.id.slice(0, 8)}` : words.slice(0, 120);
}

const ORIGINS: Readonly<Record<Conversation['origin'], string>> = {
  transcript: 'the transcript of Claude Code',
  archive: 'the archive of waymark',
  store: 'the store of waymark: prompts and the heads of calls, no answers',
};

/** `2026-11-22 10:00 UTC`; empty for a time that is not known. */
export function timeText(at: number): string {
  if (!Number.isFinite(at) || at <= 0) return '';
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Text of several lines without what moves a cursor or cannot be seen; tabs become spaces. */
export function clean(text: string): string {
  return plainLines(text.replace(/\r\n?/g, '\n').replace(/\t/g, '    '));
}
