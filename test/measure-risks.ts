import { everydayCommands, judgedCommands } from './support/risk-corpus.ts';
import { rates } from './support/rates.ts';

/** Prints how often a risk is told where a person would want that, and none where none is. */
const judged = judgedCommands();

const line = (
  name: string,
  of: ReadonlyArray<{ readonly wanted: boolean; readonly given: boolean }>,
): string => {
  const { precision, recall } = rates(of);
  return `${name.padEnd(18)} ${String(of.length).padStart(4)}   precision ${precision.toFixed(3)}   recall ${recall.toFixed(3)}`;
};

const all = judged.map(({ rule, found }) => ({ wanted: rule !== null, given: found.length > 0 }));
console.log(line('risky or not', all));
for (const rule of [...new Set(judged.flatMap(({ rule: wanted }) => wanted ?? []))].sort()) {
  console.log(
    line(
      rule,
      judged
        .filter((one) => one.rule === rule || (one.rule === null && one.found.includes(rule)))
        .map((one) => ({ wanted: one.rule === rule, given: one.found.includes(rule) })),
    ),
  );
}
for (const { command, rule, found, why } of judged) {
  if (rule === null ? found.length > 0 : !found.includes(rule))
    console.log(
      `\nwrong: ${command}\n  ${found.join(', ') || 'nothing'}, not ${rule ?? 'nothing'}; ${why}`,
    );
}
const everyday = everydayCommands();
const told = everyday.filter(({ found }) => found.length > 0);
console.log(`\neveryday commands: ${told.length} of ${everyday.length} told`);
for (const { command, found } of told) console.log(`  ${found.join(', ')}: ${command}`);
