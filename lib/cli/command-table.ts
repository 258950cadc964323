/** One command of `waymark`, without its code: see `load-command.ts`. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  /** Heading in the help. */
  readonly group: string;
  /**
   * Whether long output goes through a pager: of the command, or of its command of this name alone.
   */
  readonly paged?: boolean | string;
  /** Whether it can read the store of a team instead of the one of this machine. */
  readonly readsTeam?: boolean;
  /** Why it cannot, where a person may expect it. */
  readonly staysHere?: string;
}

export const ABOUT = 'Memory, checkpoints and events for Claude Code';

const AFTER_HELP = `Examples:
  $ waymark install              add the hooks to Claude Code
  $ waymark status               check that it works
  $ waymark sessions             what was recorded
  $ waymark show last            the latest session of this folder
  $ waymark help failures        every command has examples
  $ waymark docs finding         a page of the documentation

Exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
WAYMARK_HOME sets the state folder. WAYMARK_PAGER or PAGER shows long output.`;

const READ = 'Read what was recorded';
const SEND = 'Send and replay';
const RUN = 'Run the worker and deliver events';
const SET_UP = 'Set up and check';
const HELP = 'Get help';

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'status',
    summary: 'Show hooks, worker, today, queue, and problems',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'dashboard',
    summary: 'Show everything in the browser, live, on this machine only',
    group: READ,
    readsTeam: true,
  },
  {
    name: 'sessions',
    summary: 'List the recorded sessions, latest first',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'search',
    summary: 'Search prompts, answers, calls and output of all sessions',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'open',
    summary: 'Continue a session in Claude Code, chosen from a list',
    group: READ,
    staysHere: 'a session is continued on its machine, where its transcript is',
  },
  {
    name: 'show',
    summary: 'Show what happened in a session, in order of time',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'export',
    summary: 'Export a session as a page or Markdown, or a table of all',
    group: READ,
    readsTeam: true,
  },
  {
    name: 'resume',
    summary: 'Show where a session stopped: task, todos, failures, files',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'checkpoints',
    summary: 'List snapshots of the files of a work tree',
    group: READ,
    paged: true,
    staysHere: 'snapshots of files never leave their machine',
  },
  {
    name: 'diff',
    summary: 'Show how the files changed between two checkpoints, or since one',
    group: READ,
    paged: true,
    staysHere: 'snapshots of files never leave their machine',
  },
  {
    name: 'history',
    summary: 'Show which sessions and prompts changed a file, and how',
    group: READ,
    paged: true,
    staysHere: 'snapshots of files never leave their machine',
  },
  {
    name: 'events',
    summary: 'List stored events, newest last',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'trace',
    summary: 'Show what led to what: a session, prompt, call or event as a tree',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'log',
    summary: 'Show the logs of events, newest last, and follow them',
    group: READ,
    paged: true,
    staysHere: 'logs are files of one machine; `waymark events --store team` lists events of all',
  },
  {
    name: 'failures',
    summary: 'List, show and change what was learned from failures',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'report',
    summary: 'Show a report: weekly, cost, security, routing, performance',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'routing',
    summary: 'Show how well agents do at each kind of task, with advice',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'cost',
    summary: 'Show what answers cost by day, project, model, session or agent',
    group: READ,
    paged: true,
    readsTeam: true,
  },
  {
    name: 'budget',
    summary: 'Set and show what a day, a session or its agents may cost',
    group: READ,
    staysHere: 'a budget belongs to one machine; `waymark cost --store team` shows what all spent',
  },
  {
    name: 'import',
    summary: 'Import sessions from before the hooks, from transcripts',
    group: READ,
  },
  {
    name: 'emit',
    summary: 'Send an event; - reads a complete event from standard input',
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
    name: 'restore',
    summary: 'Restore files from a checkpoint, or undo the last restore',
    group: SEND,
    staysHere: 'snapshots of files never leave their machine',
  },
  {
    name: 'auto-commit',
    summary: 'Commit the work of each turn to a branch of the session',
    group: SEND,
    paged: true,
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
    summary: 'Apply waiting entries, deliver due events, and exit',
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
    summary: 'List, test and create your own handlers',
    group: RUN,
    paged: true,
  },
  {
    name: 'webhooks',
    summary: 'Post signed events to other programs',
    group: RUN,
    paged: true,
  },
  {
    name: 'fleet',
    summary: 'Share sessions with a team, in one PostgreSQL',
    group: RUN,
    paged: true,
  },
  {
    name: 'store',
    summary: 'Copy the store of this machine to PostgreSQL',
    group: RUN,
  },
  {
    name: 'dead',
    summary: 'List, show, retry or discard dead letters',
    group: RUN,
    paged: true,
  },
  {
    name: 'clean',
    summary: 'Delete data that is too old or over the disk budget',
    group: RUN,
  },
  {
    name: 'forget',
    summary: 'Delete every trace of sessions permanently',
    group: RUN,
  },
  {
    name: 'install',
    summary: 'Add the hooks to the settings of Claude Code',
    group: SET_UP,
  },
  {
    name: 'uninstall',
    summary: 'Remove the hooks and, with --purge, all recorded data',
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
    summary: 'Check the installation and show how to fix problems',
    group: SET_UP,
    paged: true,
  },
  {
    name: 'statusline',
    summary: 'Print the status line for the JSON from Claude Code',
    group: SET_UP,
  },
  {
    name: 'demo',
    summary: 'Show what waymark does, with recorded sessions',
    group: SET_UP,
  },
  {
    name: 'mcp',
    summary: 'Serve the Model Context Protocol (MCP), read-only',
    group: SET_UP,
  },
  {
    name: 'docs',
    summary: 'Show a page of the documentation, or list the topics',
    group: HELP,
    paged: true,
  },
  {
    name: 'completion',
    summary: 'Print the completion script for bash, zsh or fish',
    group: HELP,
  },
  {
    name: 'version',
    summary: 'Print the version',
    group: HELP,
  },
];

/**
 * `waymark help dead list` is `waymark dead list --help`: it is answered without code of its own.
 */
export const HELP_ROW: CommandRow = {
  name: 'help',
  summary: 'Show this help, or the help of a command',
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
    '  --no-pager     print long output without a pager',
    '  -h, --help     show help; waymark COMMAND --help shows examples',
    ...groups,
    '',
    AFTER_HELP,
    '',
  ].join('\n');
}
