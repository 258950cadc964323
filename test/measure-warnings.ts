import { type CorpusCase, judgeCase, kindOf, readCorpus } from './support/failure-corpus.ts';
import { readSamples } from './support/failure-samples.ts';
import { rates } from './support/rates.ts';

/**
 * Prints how often a warning is given where one is wanted, none where none is, and the fix that was wanted.
 * An argument is a file of labelled histories in the short form of `failure-samples.ts`, or in that of the corpus (`.jsonl`).
 */
const [path] = process.argv.slice(2);
const cases: readonly CorpusCase[] =
  path === undefined || path.endsWith('.jsonl') ? readCorpus(path) : readSamples(path);
const judged = cases.map((one) => ({
  case: one,
  kind: kindOf(one) ?? 'nothing failed',
  found: judgeCase(one),
}));

const line = (name: string, of: typeof judged): string => {
  const { precision, recall } = rates(
    of.map(({ case: { warn }, found }) => ({ wanted: warn, given: found !== undefined })),
  );
  return `${name.padEnd(14)} ${String(of.length).padStart(4)}   precision ${precision.toFixed(3)}   recall ${recall.toFixed(3)}`;
};

console.log(line('all', judged));
const toName = judged.filter(({ case: { warn, fix }, found }) => warn && fix && found);
const named = toName.filter(
  ({ case: { fix = '' }, found }) => found?.pattern.fix?.text.includes(fix) === true,
);
console.log(`fix named      ${named.length} of ${toName.length}`);
for (const kind of [...new Set(judged.map(({ kind: found }) => found))].sort()) {
  console.log(
    line(
      kind,
      judged.filter((one) => one.kind === kind),
    ),
  );
}
for (const { case: one, found, kind } of judged) {
  if ((found !== undefined) !== one.warn)
    console.log(
      `\nwrong (${kind}): ${one.name}\n  ${one.warn ? 'no warning' : 'a warning'}; ${one.why}`,
    );
  else if (one.fix !== undefined && found?.pattern.fix?.text.includes(one.fix) !== true)
    console.log(`\nfix: ${one.name}\n  ${found?.pattern.fix?.text ?? 'none'}, not ${one.fix}`);
}
