import {
  type CANCEL_SYMBOL,
  confirm,
  intro,
  isCancel,
  log,
  multiselect,
  outro,
  select,
  spinner,
} from '@clack/prompts';
import { SCOPES, type Scope } from '../lib/claude/settings/settings-path.ts';
import { WaymarkError } from '../lib/core/errors.ts';
import { FEATURES, type Feature } from '../lib/hook/manifest.ts';
import { WORKER_MODES, type WorkerMode } from './worker-mode.ts';

/**
 * What the wizard asks and says. Every question throws {@link WaymarkError} INSTALL_CANCELLED when
 * it is cancelled.
 */
export interface Prompts {
  readonly begin: (title: string) => void;
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly show: (text: string) => void;
  readonly chooseScope: (question: string, initial: Scope) => Promise<Scope>;
  readonly chooseFeatures: (initial: readonly Feature[]) => Promise<readonly Feature[]>;
  readonly chooseWorkerMode: (initial: WorkerMode) => Promise<WorkerMode>;
  readonly decide: (question: string) => Promise<Decision>;
  readonly confirm: (question: string, initial: boolean) => Promise<boolean>;
  /** Shows that something goes on while `work` does, and how far it is as `work` tells. */
  readonly during: <T>(
    text: string,
    work: (tell: (text: string) => void) => Promise<T>,
  ) => Promise<T>;
  readonly end: (line: string) => void;
}

/** At most 30 characters each: a hint is not broken into lines. */
export const HINTS: Readonly<Record<Scope | WorkerMode | Feature, string>> = {
  user: 'you, in every project',
  project: 'all users, in this project',
  local: 'you, in this project',
  resident: 'keeps running, sleeps if idle',
  'on-demand': 'exits after an idle minute',
  session: 'sessions and prompts',
  checkpoint: 'operations and checkpoints',
  failure: 'failures; warns of known ones',
  routing: 'agents and tasks',
};

/** What may be answered to a change. */
export type Decision = 'yes' | 'no' | 'diff';

/** Prompts on the terminal. */
export const terminalPrompts: Prompts = {
  begin: (title) => intro(title),
  say: (line) => log.info(line),
  warn: (line) => log.warn(line),
  show: (text) => void process.stdout.write(`${text}\n`), // as it is: a box would break its lines
  chooseScope: (question, initial) =>
    answer(
      select({
        message: question,
        initialValue: initial,
        options: SCOPES.map((value) => ({ value, label: value, hint: HINTS[value] })),
      }),
    ),
  chooseFeatures: (initial) =>
    answer(
      multiselect({
        message: 'What should be recorded?',
        initialValues: [...initial],
        required: true,
        options: FEATURES.map((value) => ({ value, label: value, hint: HINTS[value] })),
      }),
    ),
  chooseWorkerMode: (initial) =>
    answer(
      select({
        message: 'How should the worker run?',
        initialValue: initial,
        options: WORKER_MODES.map((value) => ({ value, label: value, hint: HINTS[value] })),
      }),
    ),
  decide: (question) =>
    answer(
      select({
        message: question,
        initialValue: 'yes',
        options: [
          { value: 'yes', label: 'Yes' },
          { value: 'no', label: 'No' },
          { value: 'diff', label: 'Show the diff' },
        ] satisfies { value: Decision; label: string }[],
      }),
    ),
  confirm: (question, initial) => answer(confirm({ message: question, initialValue: initial })),
  during: async (text, work) => {
    const busy = spinner();
    busy.start(text);
    try {
      return await work((told) => busy.message(told));
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
