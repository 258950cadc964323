import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { WaymarkError } from '../../core/errors.ts';
import { writeFreshFile } from '../../actions/write-fresh-file.ts';
import { formatBytes } from '../../core/units.ts';
import type { Conversation } from '../../query/conversation/read-conversation.ts';
import { readConversation } from '../../query/conversation/read-conversation.ts';
import { findSession, createNoSessionError } from '../../query/find-session.ts';
import { queryStore } from '../../query/store-view.ts';
import { renderSessionHtml } from '../../report/session-html.ts';
import { renderSessionMarkdown } from '../../report/session-markdown.ts';
import { renderSessionCsv, renderSessionJsonLines } from '../../report/session-rows.ts';
import { maskConversation, type RemovedCounts, formatRemovals } from '../../report/share.ts';
import { EXPORT_TABLES } from '../../query/export-tables.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { exportTable } from './export-table.ts';

interface ExportFlags {
  readonly table?: string;
  readonly since?: string;
  readonly format?: string;
  readonly out?: string;
  readonly share?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly any?: boolean;
  readonly json?: boolean;
}

type Render = (conversation: Conversation) => Iterable<string>;

const FORMATS: Readonly<Record<string, Render>> = {
  md: renderSessionMarkdown,
  html: renderSessionHtml,
  jsonl: renderSessionJsonLines,
  csv: renderSessionCsv,
};

const EXAMPLES = `
Examples:
  $ waymark export --out session.html         the latest session here, as a page
  $ waymark export 3ced9ec8 --format md       as Markdown, on standard output
  $ waymark export last --share --out a.html  masked, for sharing
  $ waymark export last --format jsonl | jq -r 'select(.kind == "prompt").text'
  $ waymark export --table usage --since 30d --out usage.csv`;

/**
 * `waymark export [SESSION]`: one session as a file that others can read; with `--table`, rows of
 * all sessions.
 */
export const addExport: AddCommand = (program, context) => {
  program
    .command('export')
    .argument('[session]', 'an id, the beginning of one, or last (default: last)')
    .option(
      '--format <format>',
      `${Object.keys(FORMATS).join(', ')} (default: by the name of the file, else md)`,
    )
    .addOption(
      new Option('--table <name>', 'rows of all sessions instead, as jsonl or csv').choices([
        ...EXPORT_TABLES.keys(),
      ]),
    )
    .option('--since <when>', 'with --table: since this time: 2h, 30d (ago), a date or an ISO time')
    .option('--out <file>', 'write this file (default: standard output)')
    .option(
      '--share',
      'leave out the home folder, names of users, hosts, mail addresses, pictures and unknown blocks',
    )
    .option('--yes', 'with --share: do not ask')
    .option('--force', 'replace the file if it exists')
    .option('--any', 'last means the latest session of all folders')
    .option('--json', 'print what was written as one JSON object; needs --out')
    .addHelpText('after', EXAMPLES)
    .action((wanted: string | undefined, flags: ExportFlags) => {
      const { table, since } = flags;
      if (table === undefined && since === undefined)
        return exportSession(context, wanted ?? 'last', flags);
      const chosen = EXPORT_TABLES.get(table ?? '');
      if (chosen !== undefined && wanted === undefined) return exportTable(context, chosen, flags);
      const [given, reason] =
        table === undefined
          ? ['--since without --table', 'a session is exported as a whole']
          : [`--table ${table} with session ${wanted}`, 'a table has rows of all sessions'];
      throw new WaymarkError('USAGE', `Cannot use ${given}: ${reason}`);
    });
};

async function exportSession(
  context: CommandContext,
  wanted: string,
  flags: ExportFlags,
): Promise<void> {
  const format = formatOf(flags);
  const render = FORMATS[format];
  if (render === undefined) throw unknownFormat(format);
  if (flags.json === true && flags.out === undefined)
    throw new WaymarkError(
      'USAGE',
      'Cannot use --json without --out: standard output has the session',
      {
        remedy: 'Add --out FILE, or use --format jsonl.',
      },
    );
  const folder = context.folder();
  const scope = flags.any === true ? 'any' : context;
  const found = await queryStore(folder, undefined, async (database) =>
    readConversation(database, folder, await findSession(database, wanted, scope)),
  );
  if (found === undefined) throw createNoSessionError(wanted);
  const taken: RemovedCounts = new Map();
  if (flags.share === true && !(await isAgreed(context, found, taken, flags))) return;
  const shown = flags.share === true ? maskConversation(found, ownerOf(context), new Map()) : found;
  if (flags.out === undefined) {
    // a piece ends with a line end of its own, which `print` adds
    for (const piece of render(shown)) context.print(piece.replace(/\n$/, ''));
    return;
  }
  const file = resolve(context.cwd, flags.out);
  const bytes = writeFreshFile(file, render(shown), { replace: flags.force === true });
  if (flags.json === true)
    context.printJson({
      session: found.session.id,
      file,
      format,
      bytes,
      origin: found.origin,
      ...(flags.share === true ? { takenOut: Object.fromEntries(taken) } : {}),
    });
  else context.print(`Wrote ${file}: ${formatBytes(bytes)}.`);
}

function formatOf({ format, out }: ExportFlags): string {
  if (format !== undefined) return format;
  const extension = /\.(\w+)$/.exec(out ?? '')?.[1]?.toLowerCase() ?? 'md';
  return extension === 'htm' ? 'html' : extension === 'markdown' ? 'md' : extension;
}

function unknownFormat(format: string): WaymarkError {
  return new WaymarkError('USAGE', `Cannot export as ${format}: there is no such format`, {
    remedy: `Use --format ${Object.keys(FORMATS).join(', --format ')}.`,
  });
}

/** Lists what was removed, and asks for confirmation on a terminal. */
async function isAgreed(
  context: CommandContext,
  conversation: Conversation,
  taken: RemovedCounts,
  { yes }: ExportFlags,
): Promise<boolean> {
  const shared = maskConversation(conversation, ownerOf(context), taken);
  for (const _entry of shared.entries()); // counts while it reads
  context.warn('Masked or left out:');
  for (const line of formatRemovals(taken)) context.warn(`  ${line}`);
  context.warn(
    'Names of projects, files and people in the texts are not masked. Read the file before you share it.',
  );
  if (yes === true || context.ask === undefined) return true;
  const answer = await context.ask('Write it? [y/N] ');
  if (/^y(?:es)?$/i.test(answer.trim())) return true;
  context.warn('Nothing was written.');
  context.exitWith(130);
  return false;
}

function ownerOf({ environment }: CommandContext): {
  readonly home: string;
  readonly user: string;
  readonly host: string;
} {
  const home = environment['HOME'] ?? environment['USERPROFILE'] ?? '';
  return { home, user: environment['USER'] ?? nameOfUser(), host: hostname() };
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return ''; // an id without a name, as in containers
  }
}
