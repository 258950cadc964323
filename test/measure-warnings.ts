import { readFileSync } from 'node:fs';
import { type CorpusCase, judgeCase, kindOf, readCorpus } from './support/failure-corpus.ts';
import { readSamples, type SampleCase } from './support/failure-samples.ts';
import { rates } from './support/rates.ts';

/**
 * Prints how often a warning is given where one is wanted, none where none is, and the fix that was
 * wanted. An argument is a file of labelled histories in the short form of `failure-samples.ts`, or
 * in that of the corpus. A second one, `odd` or `even`, takes only lines with such a number (the
 * first is 1), `--figures` prints the figures alone.
 */
const [path, half = 'all'] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const isFiguresOnly = process.argv.includes('--figures');
const cases: ReadonlyArray<CorpusCase & Partial<SampleCase>> = (
  path === undefined || readFileSync(path, 'utf8').startsWith('{"name"')
    ? readCorpus(path)
    : readSamples(path)
).filter((_, index) => half === 'all' || (index % 2 === 0) === (half === 'odd'));
const judged = cases.map((one) => ({
  case: one,
  kind: kindOf(one) ?? 'nothing failed',
  found: judgeCase(one),
}));

const figures = (name: string, of: typeof judged): string => {
  const { precision, recall } = rates(
    of.map(({ case: { warn }, found }) => ({ wanted: warn, given: found !== undefined })),
  );
  return `${name.padEnd(38)} ${String(of.length).padStart(4)}   precision ${precision.toFixed(3)}   recall ${recall.toFixed(3)}`;
};

console.log(figures('all', judged));
const toName = judged.filter(({ case: { warn, fix }, found }) => warn && fix && found);
const named = toName.filter(
  ({ case: { fix = '' }, found }) => found?.pattern.fix?.text.includes(fix) === true,
);
console.log(
  `fix named                              ${String(named.length).padStart(4)} of ${toName.length}`,
);
for (const of of [
  ({ kind }: (typeof judged)[number]): string => kind,
  ({ case: { group } }: (typeof judged)[number]): string | undefined => group,
])
  for (const name of [...new Set(judged.flatMap((one) => of(one) ?? []))].sort())
    console.log(
      figures(
        name,
        judged.filter((one) => of(one) === name),
      ),
    );

for (const { case: one, found, kind } of isFiguresOnly ? [] : judged) {
  if ((found !== undefined) !== one.warn)
    console.log(
      `\nwrong (${kind}): ${one.name}\n  ${one.warn ? 'no warning' : 'a warning'}; ${one.why}`,
    );
  else if (one.fix !== undefined && found?.pattern.fix?.text.includes(one.fix) !== true)
    console.log(`\nfix: ${one.name}\n  ${found?.pattern.fix?.text ?? 'none'}, not ${one.fix}`);
}
