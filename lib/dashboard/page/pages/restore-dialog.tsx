import { useEffect, useState } from 'preact/hooks';
import { plural } from '../../../core/units.ts';
import type { Problem } from '../../server/answer.ts';
import type { RestoreDone, RestorePlan } from '../../server/routes/restore.ts';
import { change, toProblem } from '../api.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ProblemNote } from '../parts/states.tsx';
import { Foreign } from '../parts/text.tsx';

/** What to restore: a checkpoint, or the state before the last restore. */
export type RestoreWish =
  | { readonly workTree: string; readonly checkpoint: string; readonly undo?: undefined }
  | { readonly workTree: string; readonly undo: true; readonly checkpoint?: undefined };

/** Shows what a restore would change, and restores when the user confirms. */
export function RestoreDialog({
  wish,
  onClose,
}: {
  readonly wish: RestoreWish;
  readonly onClose: () => void;
}) {
  const [removeNew, setRemoveNew] = useState(false);
  const [plan, setPlan] = useState<RestorePlan>();
  const [done, setDone] = useState<RestoreDone>();
  const [problem, setProblem] = useState<Problem>();
  // The first question is asked after the first drawing: nothing may be pressed until then.
  const [isBusy, setBusy] = useState(true);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(toProblem(error));
    }
    setBusy(false);
  };
  const body = { ...wish, removeNew };
  useEffect(() => {
    setPlan(undefined);
    void attempt(async () => setPlan(await change<RestorePlan>('/api/restore/plan', body)));
  }, [removeNew]);
  const restore = (digest: string): Promise<void> =>
    attempt(async () =>
      setDone(await change<RestoreDone>('/api/restore/run', { ...body, digest })),
    );
  const title = wish.undo === true ? 'Undo the last restore' : `Restore ${wish.checkpoint}`;
  return (
    <Dialog title={title} onClose={onClose}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      {done !== undefined ? (
        <Done done={done} onClose={onClose} />
      ) : (
        <>
          {plan !== undefined && <Plan plan={plan} />}
          {plan === undefined && isBusy && <p role="status">Comparing files…</p>}
          {wish.undo !== true && (
            <label class="check">
              <input
                type="checkbox"
                checked={removeNew}
                disabled={isBusy}
                onChange={(event) => setRemoveNew(event.currentTarget.checked)}
              />{' '}
              Also remove files that were created later
            </label>
          )}
          <p class="steps">
            <button
              type="button"
              class="primary"
              disabled={isBusy || plan === undefined || plan.steps.length === 0}
              onClick={() => plan !== undefined && void restore(plan.digest)}
            >
              {plan === undefined ? 'Restore' : `Change ${plural(plan.steps.length, 'file')}`}
            </button>
            <button type="button" onClick={onClose}>
              Cancel
            </button>
          </p>
        </>
      )}
    </Dialog>
  );
}

const STEPS: Readonly<Record<string, string>> = {
  write: 'write',
  overwrite: 'overwrite',
  mode: 'permissions',
  remove: 'remove',
};

const REASONS: Readonly<Record<string, string>> = {
  nested: 'stays: it is a repository, or in one',
  blocked: 'stays: something else is in its place',
  unsafe: 'stays: its name is not allowed',
  came: 'stays: it was created later',
  partial: 'stays: the checkpoint left files out, so it may have existed',
  unproven: 'stays: no later checkpoint shows that it was created later',
  ignored: 'stays: it was ignored at that time, so it may have existed',
};

function Plan({ plan }: { readonly plan: RestorePlan }) {
  const { steps, kept, risks, more, workTree } = plan;
  return (
    <>
      <p>
        In <Foreign text={workTree} />. The files as they are now are kept first, so that this can
        be undone.
      </p>
      {risks.map(({ path, kind, session, isOpen }) => (
        <p key={`${path} ${session}`} class="note warn">
          <code>
            <Foreign text={path} />
          </code>{' '}
          {kind === 'session' ? (
            <>
              was written by session {session?.slice(0, 8)}
              {isOpen === true && ', which is open'} after the checkpoint.
            </>
          ) : (
            'changed after the newest checkpoint, without a recorded call.'
          )}
        </p>
      ))}
      {steps.length === 0 ? (
        <p>Nothing to restore: no file that may be changed differs.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls
        <ul class="files" tabIndex={0} aria-label="Files that change">
          {steps.map(({ path, step }) => (
            <li key={path}>
              <span class={step === 'remove' ? 'bad-text' : ''}>{STEPS[step] ?? step}</span>{' '}
              <code>
                <Foreign text={path} />
              </code>
            </li>
          ))}
        </ul>
      )}
      {kept.map(({ path, reason }) => (
        <p key={path} class="muted">
          <code>
            <Foreign text={path} />
          </code>{' '}
          {REASONS[reason] ?? reason}
        </p>
      ))}
      {more > 0 && <p class="muted">And {plural(more, 'more row')}.</p>}
    </>
  );
}

function Done({ done, onClose }: { readonly done: RestoreDone; readonly onClose: () => void }) {
  const { written, removed, skipped, isTold } = done;
  return (
    <>
      <p role="status">
        Wrote {plural(written, 'file')}, removed {plural(removed, 'file')}.
      </p>
      {skipped.map(({ path, reason }) => (
        <p key={path} class="note warn">
          <code>
            <Foreign text={path} />
          </code>{' '}
          is as it was: <Foreign text={reason} />
        </p>
      ))}
      {!isTold && (
        <p class="note warn">
          No worker is running, so open sessions get no message that files changed.
        </p>
      )}
      <p class="steps">
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </p>
    </>
  );
}
