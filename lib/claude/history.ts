import { numberField, parseJsonObject, stringField } from '../core/json.ts';
import { shortHash16 } from '../core/short-hash.ts';
import { redactedHead } from './tool-target.ts';

/** A prompt in `history.jsonl`, which the client keeps when the transcript has gone. */
export interface HistoryPrompt {
  /** As {@link TranscriptText} has it for a prompt of the same time and text. */
  readonly id: string;
  /** Redacted and cut. */
  readonly text: string;
  /** Of the whole text, in UTF-16 units. */
  readonly length: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly project: string;
  /** Absent in lines of older clients. */
  readonly sessionId?: string;
}

const TEXT_LIMIT = 2_000;
const SESSION = /^[\w-]{1,128}$/;

/** The prompt in one line of `history.jsonl`; `undefined` for a command of the client without arguments, and for whatever else is no prompt. Never throws. */
export function parseHistoryLine(line: string): HistoryPrompt | undefined {
  const entry = parseJsonObject(line) ?? {};
  const text = stringField(entry, 'display')?.trim() ?? '';
  const project = stringField(entry, 'project');
  const at = numberField(entry, 'timestamp');
  if (text === '' || /^\/\S*$/.test(text) || project === undefined || at === undefined)
    return undefined;
  const sessionId = stringField(entry, 'sessionId');
  return {
    id: `prompt/${at}/${shortHash16(text)}`,
    text: redactedHead(text, TEXT_LIMIT),
    length: text.length,
    at,
    project,
    ...(sessionId !== undefined && SESSION.test(sessionId) ? { sessionId } : {}),
  };
}
