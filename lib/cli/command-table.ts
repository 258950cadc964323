/** One command of `waymark`, without its code: see `load-command.ts`. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  /** Heading in the help. */
  readonly group: string;
  /** Whether long output goes through a pager: of the command, or of its command of this name alone. */
  readonly paged?: boolean | string;
}

export const ABOUT = 'Durable checkpoints and events for Claude Code';

const AFTER_HELP = `Examples:
  $ waymark install              put the hooks into Claude Code
  $ waymark status               see that it works
  $ waymark sessions             what was recorded
  $ waymark show last            the latest session of this folder
  $ waymark help failures        every command has examples
  $ waymark docs finding         a page of the documentation

Exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
WAYMARK_HOME moves all state; WAYMARK_PAGER or PAGER shows long output.`;

const READ = 'Read what was recorded';
const SEND = 'Send and replay';
const RUN = 'Run the worker and what it delivers';
const SET_UP = 'Set up and check';
const HELP = 'Get help';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'status',
    summary: 'Show hooks, worker, today, queue, and what is wrong',
    group: READ,
    paged: true,
  },
  {
    name: 'sessions',
    summary: 'List the recorded sessions, latest first',
    group: READ,
    paged: true,
  },
  {
    name: 'search',
    summary: 'Find what was said, done and printed in all sessions',
    group: READ,
    paged: true,
  },
  {
    name: 'open',
    summary: 'Continue a session in Claude Code, chosen from a list',
    group: READ,
  },
  {
    name: 'show',
    summary: 'Show what happened in a session, in the order of time',
    group: READ,
    paged: true,
  },
  {
    name: 'export',
    summary: 'Write a session as a page, Markdown, JSON lines or a table',
    group: READ,
  },
  {
    name: 'resume',
    summary: 'Show where a session was: task, todos, failures, files, commands',
    group: READ,
    paged: true,
  },
  {
    name: 'events',
    summary: 'List stored events, newest last',
    group: READ,
    paged: true,
  },
  {
    name: 'trace',
    summary: 'Show what led to what: a session, prompt, call or event as a tree',
    group: READ,
    paged: true,
  },
  {
    name: 'log',
    summary: 'Show the logs of events, newest last, and follow them',
    group: READ,
    paged: true,
  },
  {
    name: 'failures',
    summary: 'List, show and change what was learned from failures',
    group: READ,
    paged: true,
  },
  {
    name: 'routing',
    summary: 'Show which agent does well at which kind of task, and the advice',
    group: READ,
    paged: true,
  },
  {
    name: 'import',
    summary: 'Read transcripts on the disk: sessions from before the hooks',
    group: READ,
  },
  {
    name: 'emit',
    summary: 'Send an event; - reads a whole one from standard input',
    group: SEND,
  },
  {
    name: 'replay',
    summary: 'Queue events again, from the store and the archive',
    group: SEND,
  },
  {
    name: 'checkpoint',
    summary: 'Make a checkpoint of a session now',
    group: SEND,
  },
  {
    name: 'worker',
    summary: 'Apply events from the queue to the store; stop, restart, log',
    group: RUN,
    paged: 'log',
  },
  {
    name: 'service',
    summary: 'Run the worker as a service of systemd or launchd',
    group: RUN,
  },
  {
    name: 'dispatch',
    summary: 'Apply what waits in the queue, deliver what is due, and exit',
    group: RUN,
  },
  {
    name: 'schedule',
    summary: 'List schedules, or run one now',
    group: RUN,
    paged: true,
  },
  {
    name: 'handlers',
    summary: 'List, test and make handlers of your own',
    group: RUN,
    paged: true,
  },
  {
    name: 'webhooks',
    summary: 'Post events to other programs, signed',
    group: RUN,
    paged: true,
  },
  {
    name: 'dead',
    summary: 'List, show, retry or discard what failed for good',
    group: RUN,
    paged: true,
  },
  {
    name: 'clean',
    summary: 'Delete what is too old or over the disk budget',
    group: RUN,
  },
  {
    name: 'forget',
    summary: 'Delete every trace of sessions, so that they never come back',
    group: RUN,
  },
  {
    name: 'install',
    summary: 'Put the hooks into the settings of Claude Code',
    group: SET_UP,
  },
  {
    name: 'uninstall',
    summary: 'Remove the hooks and, with --purge, what was recorded',
    group: SET_UP,
  },
  {
    name: 'config',
    summary: 'Show and change settings',
    group: SET_UP,
    paged: true,
  },
  {
    name: 'doctor',
    summary: 'Check everything and say how to fix it',
    group: SET_UP,
    paged: true,
  },
  {
    name: 'statusline',
    summary: 'Print the status line for what Claude Code gives on standard input',
    group: SET_UP,
  },
  {
    name: 'demo',
    summary: 'Show what it does: recorded sessions in a temporary home',
    group: SET_UP,
  },
  {
    name: 'mcp',
    summary: 'Answer a client of the Model Context Protocol (MCP); reads only',
    group: SET_UP,
  },
  {
    name: 'docs',
    summary: 'Show a page of the documentation; without a topic, list them',
    group: HELP,
    paged: true,
  },
  {
    name: 'completion',
    summary: 'Print the script with which bash, zsh or fish completes commands',
    group: HELP,
  },
  {
    name: 'version',
    summary: 'Print the version',
    group: HELP,
  },
];

/** `waymark help dead list` is `waymark dead list --help`: it is answered without code of its own. */
export const HELP_ROW: CommandRow = {
  name: 'help',
  summary: 'Show this, or the help of a command',
  group: HELP,
};

/** Options that go with every command. */
export const GLOBAL_FLAGS: readonly string[] = ['--no-color', '--no-pager'];

/** The help of `waymark` itself. Needs no command line parser, so that it is printed at once. */
export function helpText(): string {
  const rows = [...COMMANDS, HELP_ROW];
  const width = Math.max(...rows.map(({ name }) => name.length));
  const groups = [...new Set(rows.map(({ group }) => group))].flatMap((group) => [
    '',
    `${group}:`,
    ...rows
      .filter((row) => row.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ]);
  return [
    'Usage: waymark [options] [command]',
    '',
    ABOUT,
    '',
    'Options:',
    '  -v, --version  print the version',
    '  --no-color     plain text',
    '  --no-pager     print long output at once',
    '  -h, --help     show help; waymark COMMAND --help shows examples',
    ...groups,
    '',
    AFTER_HELP,
    '',
  ].join('\n');
}
