import { packageFolder } from '../../core/package-folder.ts';
import { type DocsTopic, listTopics, readTopic } from '../../query/docs-pages.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { PLAIN_COLUMNS } from '../help-page.ts';
import { renderMarkdown } from '../text/markdown.ts';

interface DocsFlags {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark docs                       topics, and what each answers
  $ waymark docs installing            a page
  $ waymark docs trou                  the beginning of a topic is enough`;

/** `waymark docs [TOPIC]`: the pages of `docs/` in the terminal. */
export const addDocs: AddCommand = (program, context) => {
  program
    .command('docs')
    .argument('[topic]', 'a topic, or the beginning of one (default: list them)')
    .option('--json', 'print the topics, or one page, as JSON')
    .addHelpText('after', EXAMPLES)
    .action((wanted: string | undefined, flags: DocsFlags) => {
      const docs = `${packageFolder()}/docs`;
      if (wanted === undefined) showTopics(listTopics(docs), context, flags);
      else showPage(docs, wanted, context, flags);
    });
};

function showTopics(
  topics: readonly DocsTopic[],
  { print, printJson, printTable, paint, runnable }: CommandContext,
  { json }: DocsFlags,
): void {
  if (json === true) {
    printJson(topics);
    return;
  }
  const width = Math.max(...topics.map(({ topic }) => topic.length));
  for (const section of new Set(topics.map((one) => one.section))) {
    print(paint.bold(section));
    const rows = topics.filter((one) => one.section === section);
    printTable(
      rows.map(({ topic, question }) => [paint.cyan(topic.padEnd(width)), question]),
      { indent: '  ', columns: [{}, { least: 20 }] },
    );
    print();
  }
  print(paint.dim(runnable('`waymark docs TOPIC` shows one.')));
}

function showPage(
  docs: string,
  wanted: string,
  { print, printJson, paint, width }: CommandContext,
  { json }: DocsFlags,
): void {
  const { topic, markdown } = readTopic(docs, wanted);
  if (json === true) printJson({ topic, markdown });
  else
    for (const line of renderMarkdown(markdown, {
      paint,
      width: Math.min(width ?? PLAIN_COLUMNS, WIDEST),
    }))
      print(line);
}

/** Longer lines are hard to read. */
const WIDEST = 100;
