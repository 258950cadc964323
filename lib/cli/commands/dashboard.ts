import { WaymarkError } from '../../core/errors.ts';
import { dashboardToken, renewDashboardToken } from '../../actions/dashboard-token.ts';
import { openDashboard } from '../../actions/open-dashboard.ts';
import { serveDashboard } from '../../dashboard/serve.ts';
import type { AddCommand, CommandContext } from '../command-context.ts';
import { onInterrupt } from '../on-interrupt.ts';

interface DashboardFlags {
  readonly port?: string;
  readonly open?: boolean;
  readonly newToken?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ waymark dashboard                  print the address; Ctrl+C stops it
  $ waymark dashboard --open           and open it in the browser
  $ waymark dashboard --port 8080      on that port or not at all
  $ waymark dashboard --new-token      lock out users of the old address

It is served on 127.0.0.1 only; see waymark docs dashboard.`;

/** `waymark dashboard`: serves the pages until Ctrl+C. */
export const addDashboard: AddCommand = (program, context) => {
  program
    .command('dashboard')
    .option('--port <n>', 'serve on this port (default: 4917, or one near it)')
    .option('--open', 'open it in the browser')
    .option('--new-token', 'make a new token: old addresses no longer work')
    .option('--json', 'print one line of JSON with the address and the token')
    .addHelpText('after', EXAMPLES)
    .action((flags: DashboardFlags) => serve(context, flags));
};

async function serve(context: CommandContext, flags: DashboardFlags): Promise<void> {
  const { ownCommand, runnable, warn } = context;
  const action = context.actionContext();
  const port = flags.port === undefined ? undefined : parsePort(flags.port);
  const token =
    flags.newToken === true ? renewDashboardToken(action.folder) : dashboardToken(action.folder);
  const interrupt = onInterrupt();
  const running = await serveDashboard({
    ...{ ...action, token, port, ownCommand, runnable },
    onBug: (error) => warn(error instanceof Error ? (error.stack ?? '') : String(error)),
  });
  try {
    const address = `${running.url}?token=${token}`;
    if (flags.json === true)
      context.print(JSON.stringify({ url: address, token, port: running.port, pid: process.pid }));
    else tell(context, address);
    if (flags.open === true) openDashboard(action.folder, address);
    await untilAborted([interrupt.signal, context.readerGone?.()]);
  } finally {
    await running.close();
    interrupt.forget();
  }
}

function tell({ print, paint }: CommandContext, address: string): void {
  print(`Dashboard: ${paint.bold(address)}`);
  print('Open it in a browser on this machine. Ctrl+C stops it.');
}

async function untilAborted(signals: ReadonlyArray<AbortSignal | undefined>): Promise<void> {
  const any = AbortSignal.any(signals.flatMap((signal) => signal ?? []));
  if (any.aborted) return;
  await new Promise((resolve) => any.addEventListener('abort', resolve, { once: true }));
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new WaymarkError('USAGE', `Cannot use --port ${text}: expected a number up to 65535`, {
    remedy: 'Leave it out to get a free port.',
  });
}
