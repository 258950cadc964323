import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listRecoveryFolders } from '../../queue/recovery-folder.ts';
import { stateFolderAt, type StateFolder } from '../../core/state-folder.ts';

/**
 * A user who exists only for the demo: home, project and state folder below one throw-away folder.
 */
export interface DemoHome {
  readonly root: string;
  readonly project: string;
  /** Where this user's client would write its transcripts. */
  readonly transcripts: string;
  /** The settings file that the installer wires. */
  readonly settings: string;
  readonly folder: StateFolder;
  /** For installer, hooks and worker; nothing of the real user's but PATH. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): void;
}

/** A worker that is left after the demo was killed exits after this long. */
const IDLE_EXIT_SECONDS = '60';

/** Makes the folders (0700), with a repository that has a branch and no commit. */
export function makeDemoHome(path: string | undefined): DemoHome {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-demo-')));
  const project = `${root}/invoices`;
  mkdirSync(`${project}/.git`, { recursive: true });
  writeFileSync(`${project}/.git/HEAD`, 'ref: refs/heads/main\n');
  for (const name of ['home', 'run']) mkdirSync(`${root}/${name}`, { mode: 0o700 });
  const state = `${root}/state`;
  const environment = {
    PATH: path ?? '/usr/bin:/bin',
    HOME: `${root}/home`,
    XDG_RUNTIME_DIR: `${root}/run`,
    WAYMARK_HOME: state,
    WAYMARK_AUTOSTART: 'false', // the demo starts its worker itself, and ends it
    WAYMARK_IDLE_EXIT: IDLE_EXIT_SECONDS,
  };
  const folder = stateFolderAt(state, environment);
  return {
    root,
    project,
    transcripts: `${root}/transcripts`,
    settings: `${root}/home/.claude/settings.json`,
    folder,
    environment,
    remove: () => {
      for (const path of [...listRecoveryFolders(folder.recovery), root])
        rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
