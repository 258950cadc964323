import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { WaymarkError } from '../../core/errors.ts';
import { writeFreshFile } from '../../actions/write-fresh-file.ts';
import { formatBytes } from '../../core/units.ts';
import type { Conversation } from '../../query/conversation/read-conversation.ts';
import { readConversation } from '../../query/conversation/read-conversation.ts';
import { findSession } from '../../query/find-session.ts';
import { askStore } from '../../query/store-view.ts';
import { sessionHtml } from '../../report/session-html.ts';
import { sessionMarkdown } from '../../report/session-markdown.ts';
import { sessionCsv, sessionJsonLines } from '../../report/session-rows.ts';
import { sharedConversation, type TakenOut, takenOutLines } from '../../report/share.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';

interface ExportFlags {
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
  md: sessionMarkdown,
  html: sessionHtml,
  jsonl: sessionJsonLines,
  csv: sessionCsv,
};

const EXAMPLES = `
Examples:
  $ waymark export --out session.html         the latest session here, as a page
  $ waymark export 3ced9ec8 --format md       as Markdown, on standard output
  $ waymark export last --share --out a.html  without names, to be shared
  $ waymark export last --format jsonl | jq -r 'select(.kind == "prompt").text'`;

/** `waymark export [SESSION]`: one session as a file that others can read. */
export const addExport: AddCommand = (program, context) => {
  program
    .command('export')
    .argument('[session]', 'an id, the beginning of one, or last', 'last')
    .option(
      '--format <format>',
      `${Object.keys(FORMATS).join(', ')} (default: by the name of the file, else md)`,
    )
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
    .action((wanted: string, flags: ExportFlags) => exportSession(context, wanted, flags));
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
  const found = await askStore(folder, undefined, async (database) =>
    readConversation(database, folder, await findSession(database, wanted, scope)),
  );
  if (found === undefined)
    throw new WaymarkError('NOT_FOUND', `Cannot find session ${wanted}: nothing was recorded yet`, {
      remedy: '`waymark doctor` shows whether the hooks are installed.',
    });
  const taken: TakenOut = new Map();
  if (flags.share === true && !(await isAgreed(context, found, taken, flags))) return;
  const shown =
    flags.share === true ? sharedConversation(found, ownerOf(context), new Map()) : found;
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

/** Says what is taken out, and asks where somebody can answer. */
async function isAgreed(
  context: CommandContext,
  conversation: Conversation,
  taken: TakenOut,
  { yes }: ExportFlags,
): Promise<boolean> {
  const shared = sharedConversation(conversation, ownerOf(context), taken);
  for (const _entry of shared.entries()); // counts while it reads
  context.warn('Left out of what is shared:');
  for (const line of takenOutLines(taken)) context.warn(`  ${line}`);
  context.warn(
    'Names of projects, files and people in the texts stay: read it before you share it.',
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
