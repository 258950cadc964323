import { readFileSync } from 'node:fs';
import { isInvalidCall } from '../../lib/features/failure/invalid-call.ts';
import type { CorpusCall, CorpusCase } from './failure-corpus.ts';

/** One labelled history in the short form that is exchanged between machines. */
interface Sample {
  /** Session, command, 1 or true if it went well, error, and what is special about the call. */
  readonly h: ReadonlyArray<readonly [number | string, string, number | boolean, string?, string?]>;
  readonly q: string;
  readonly w: boolean | number;
  readonly fix?: string | null;
  /** `B`: the coming call is in another project. */
  readonly p?: string;
  /** What is special about the coming call, as in the history. */
  readonly qx?: string;
  /** What kind of history it is. */
  readonly k: string;
  readonly n?: string;
}

const PROJECT = '/w/app';
const OTHER_PROJECT = '/w/other';

/** A case with the kind of history that it is. */
export interface SampleCase extends CorpusCase {
  readonly group: string;
}

/**
 * The histories of a file in the short form (a list, `{ cases: [...] }`, or one on each line), as
 * cases of the corpus.
 */
export function readSamples(path: string): readonly SampleCase[] {
  return samplesIn(readFileSync(path, 'utf8')).map((sample, index) => ({
    name: `${index + 1} ${sample.q}`,
    history: sample.h.flatMap((call, at) => callOf(call, sample.h.length - at)),
    coming: comingOf(sample),
    warn: Boolean(sample.w),
    why: sample.n ?? sample.k,
    ...(sample.fix === undefined || sample.fix === null ? {} : { fix: sample.fix }),
    group: sample.k,
  }));
}

function samplesIn(text: string): readonly Sample[] {
  if (text.startsWith('{"h"'))
    return text
      .trimEnd()
      .split('\n')
      .map((line): Sample => JSON.parse(line));
  const found: readonly Sample[] | { readonly cases: readonly Sample[] } = JSON.parse(text);
  return 'cases' in found ? found.cases : found;
}

/** The coming call. A `cd` in front that is said to be added goes to the folder of the project. */
function comingOf({ q, p, qx = '', n = '' }: Sample): CorpusCase['coming'] {
  const project = p === 'B' || qx === 'B' ? OTHER_PROJECT : PROJECT;
  if (qx === 'edit') return { project, command: q, tool: 'Edit' };
  const folder = /^cwd:(.+)$/.exec(qx)?.[1];
  const line = n.includes('cd in front')
    ? q.replace(/^cd (?:\/[\w.-]+){3}(?= &&)/, `cd ${PROJECT}`)
    : q;
  return { project, command: folder === undefined ? line : `cd ${folder} && ${line}` };
}

/** `left`: how many calls of the history are still to come, which gives it its time. */
function callOf(
  [session, command, isOk, error, extra = '']: Sample['h'][number],
  left: number,
): readonly CorpusCall[] {
  const at = { project: extra === 'B' ? OTHER_PROJECT : PROJECT, daysAgo: left / 100 };
  const call = { session: String(session), ...at };
  if (extra === 'interrupt') return []; // the store leaves out what the user interrupted
  if (extra === 'edit') return editOf({ ...call, command, tool: 'Edit' }, isOk ? undefined : error);
  const folder = /^cwd:(.+)$/.exec(extra)?.[1];
  const line = folder === undefined ? command : `cd ${folder} && ${command}`;
  if (isOk) return [{ ...call, command: line, outcome: 'ok' }];
  return [{ ...call, command: line, outcome: 'failed', error: error ?? 'no reason given' }];
}

/** The store learns of an edit that was refused only if the client refused it. */
function editOf(
  call: Omit<CorpusCall, 'outcome' | 'error'>,
  error: string | undefined,
): readonly CorpusCall[] {
  if (error === undefined) return [{ ...call, outcome: 'ok' }];
  return isInvalidCall(error) ? [{ ...call, outcome: 'failed', error }] : [];
}
