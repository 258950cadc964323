import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recoveryFolders } from '../../queue/recovery-folder.ts';
import { stateFolderAt, type StateFolder } from '../../core/state-folder.ts';

/**
 * A user who exists only for the demo: home, project and state folder below one throw-away folder.
 */
export interface DemoHome {
  readonly root: string;
  readonly project: string;
  readonly session: string;
  readonly transcript: string;
  readonly folder: StateFolder;
  /** For hooks and worker; nothing of the real user's but PATH. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): void;
}

/** At most one automatic checkpoint in this time: short, so that a demo of seconds shows some. */
const CHECKPOINT_SECONDS = '4';

/** Makes the folders (0700), with a repository that has a branch and no commit. */
export function makeDemoHome(path: string | undefined): DemoHome {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-demo-')));
  const project = `${root}/invoices`;
  const session = randomUUID();
  mkdirSync(`${project}/.git`, { recursive: true });
  writeFileSync(`${project}/.git/HEAD`, 'ref: refs/heads/main\n');
  mkdirSync(`${root}/run`, { mode: 0o700 });
  const state = `${root}/state`;
  const environment = {
    PATH: path ?? '/usr/bin:/bin',
    HOME: `${root}/home`,
    XDG_RUNTIME_DIR: `${root}/run`,
    WAYMARK_HOME: state,
    WAYMARK_AUTOSTART: 'false', // the demo starts its worker itself, and ends it
    WAYMARK_CHECKPOINT_INTERVAL: CHECKPOINT_SECONDS,
  };
  const folder = stateFolderAt(state, environment);
  return {
    root,
    project,
    session,
    transcript: `${root}/transcripts/${session}.jsonl`,
    folder,
    environment,
    remove: () => {
      for (const path of [...recoveryFolders(folder.recovery), root])
        rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
