import {
  type CANCEL_SYMBOL,
  confirm,
  intro,
  isCancel,
  log,
  multiselect,
  note,
  outro,
  select,
  spinner,
} from '@clack/prompts';
import { SCOPES, type Scope } from '../lib/claude/settings/settings-path.ts';
import { WaymarkError } from '../lib/core/errors.ts';
import { FEATURES, HOOKS, type Feature } from '../lib/hook/manifest.ts';
import { WORKER_MODES, type WorkerMode } from './worker-mode.ts';

/** What the wizard asks and says. Every question throws {@link WaymarkError} INSTALL_CANCELLED when it is cancelled. */
export interface Prompts {
  readonly begin: (title: string) => void;
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly show: (title: string, text: string) => void;
  readonly chooseScope: (question: string, initial: Scope) => Promise<Scope>;
  readonly chooseFeatures: (initial: readonly Feature[]) => Promise<readonly Feature[]>;
  readonly chooseWorkerMode: () => Promise<WorkerMode>;
  readonly confirm: (question: string, initial: boolean) => Promise<boolean>;
  /** Shows that something goes on while `work` does. */
  readonly during: <T>(text: string, work: () => Promise<T>) => Promise<T>;
  readonly end: (line: string) => void;
}

const SCOPE_HINTS: Readonly<Record<Scope, string>> = {
  user: 'you, in every project',
  project: 'everybody who works on this project; the file is shared',
  local: 'you, in this project',
};

const MODE_HINTS: Readonly<Record<WorkerMode, string>> = {
  resident: 'stays, asleep while nothing happens',
  'on-demand': 'ends after a minute without work, and a hook starts it again',
};

/** Prompts on the terminal. */
export const terminalPrompts: Prompts = {
  begin: (title) => intro(title),
  say: (line) => log.info(line),
  warn: (line) => log.warn(line),
  show: (title, text) => note(text, title, { format: (line) => line }),
  chooseScope: (question, initial) =>
    answer(
      select({
        message: question,
        initialValue: initial,
        options: SCOPES.map((value) => ({ value, label: value, hint: SCOPE_HINTS[value] })),
      }),
    ),
  chooseFeatures: (initial) =>
    answer(
      multiselect({
        message: 'What should be recorded?',
        initialValues: [...initial],
        required: true,
        options: FEATURES.map((value) => ({ value, label: value, hint: recordedBy(value) })),
      }),
    ),
  chooseWorkerMode: () =>
    answer(
      select({
        message: 'How should the worker run?',
        options: WORKER_MODES.map((value) => ({ value, label: value, hint: MODE_HINTS[value] })),
      }),
    ),
  confirm: (question, initial) => answer(confirm({ message: question, initialValue: initial })),
  during: async (text, work) => {
    const busy = spinner();
    busy.start(text);
    try {
      return await work();
    } finally {
      busy.stop(text);
    }
  },
  end: (line) => outro(line),
};

async function answer<T>(asked: Promise<T | typeof CANCEL_SYMBOL>): Promise<T> {
  const given = await asked;
  if (isCancel(given)) throw new WaymarkError('INSTALL_CANCELLED', 'Cancelled');
  return given;
}

function recordedBy(feature: Feature): string {
  return HOOKS.filter((hook) => hook.feature === feature)
    .map((hook) => hook.records)
    .join('; ');
}
