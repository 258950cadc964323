import { readFileSync } from 'node:fs';
import type { CorpusCall, CorpusCase } from './failure-corpus.ts';

/** One labelled history in the short form that is exchanged between machines. */
interface Sample {
  /** Session, command, 1 or true if it went well, error, and what is special about the call. */
  readonly h: ReadonlyArray<readonly [number | string, string, number | boolean, string?, string?]>;
  readonly q: string;
  readonly w: boolean | number;
  readonly fix?: string;
  /** `B`: the coming call is in another project. */
  readonly p?: string;
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

/** The histories of a file in the short form (a list, `{ cases: [...] }`, or one on each line), as cases of the corpus. */
export function readSamples(path: string): readonly SampleCase[] {
  return samplesIn(readFileSync(path, 'utf8')).map((sample, index) => ({
    name: `${index + 1} ${sample.q}`,
    history: sample.h.flatMap((call, at) => callOf(call, sample.h.length - at)),
    coming: { project: sample.p === 'B' ? OTHER_PROJECT : PROJECT, command: sample.q },
    warn: Boolean(sample.w),
    why: sample.n ?? sample.k,
    ...(sample.fix === undefined ? {} : { fix: sample.fix }),
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

/** `left`: how many calls of the history are still to come, which gives it its time. */
function callOf(
  [session, command, isOk, error, extra = '']: Sample['h'][number],
  left: number,
): readonly CorpusCall[] {
  const at = { project: extra === 'B' ? OTHER_PROJECT : PROJECT, daysAgo: left / 100 };
  const call = { session: String(session), ...at };
  if (extra === 'interrupt') return []; // the store leaves out what the user interrupted
  if (extra === 'edit') return [{ ...call, command, tool: 'Edit', outcome: 'ok' }];
  const folder = /^cwd:(.+)$/.exec(extra)?.[1];
  const line = folder === undefined ? command : `cd ${folder} && ${command}`;
  if (isOk) return [{ ...call, command: line, outcome: 'ok' }];
  return [{ ...call, command: line, outcome: 'failed', error: error ?? 'no reason given' }];
}
