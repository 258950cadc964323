import { readFileSync, writeFileSync } from 'node:fs';
import type { Result } from './benchmark.ts';
import type { Machine } from './machine.ts';
import { renderMarkdown } from './render.ts';

/** Everything that one run of the benchmarks found; the content of the file given by `--out`. */
export interface Report {
  /** Changes when a field is renamed or changes its meaning. */
  readonly format: 1;
  /** ISO time of the start. */
  readonly at: string;
  readonly seconds: number;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly results: readonly Result[];
}

const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->'];

/** Writes a report as JSON. */
export function writeReport(file: string, report: Report): void {
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** @throws when the file is no report of this format. */
export function readReport(file: string): Report {
  const report: Report = JSON.parse(readFileSync(file, 'utf8'));
  if (report.format !== 1) throw new Error(`Cannot read ${file}: not a report of format 1`);
  return report;
}

/** Replaces what stands between the markers of a document. @throws when it has no markers. */
export function writeFigures(document: string, report: Report): void {
  const text = readFileSync(document, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new Error(`Cannot write figures into ${document}: no markers`);
  writeFileSync(
    document,
    `${text.slice(0, begin + BEGIN.length)}\n${renderMarkdown(report)}\n${text.slice(end)}`,
  );
}
