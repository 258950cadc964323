import { Runnable } from '../parts/runnable.tsx';
import { useMemo, useState } from 'preact/hooks';
import { formatBytes, formatCount } from '../../../core/units.ts';
import type { KeptCheckpoint } from '../../../query/snapshots/list-checkpoints.ts';
import type { DiffAnswer } from '../../server/routes/restore.ts';
import type { CheckpointsAnswer } from '../../server/routes/sessions.ts';
import { Ago } from '../parts/ago.tsx';
import { Diff, patchLines } from '../parts/diff.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { Badge, Foreign } from '../parts/text.tsx';
import { place, setQuery } from '../router.ts';
import { useStore } from '../store.ts';
import { useAnswer } from '../use-answer.ts';
import { RestoreDialog, type RestoreWish } from './restore-dialog.tsx';

const CAUSES: Readonly<Record<KeptCheckpoint['cause'], string>> = {
  prompt: 'before a prompt',
  checkpoint: 'at a checkpoint',
  'risky-command': 'before a risky command',
  'session-end': 'at the end',
  manual: 'manual',
  'before-restore': 'before a restore',
};

/** Kept states of the files that a session worked on, with what changed since, and restore. */
export function Checkpoints({ session }: { readonly session: string }) {
  const asked = useAnswer<CheckpointsAnswer>(
    `/api/sessions/${encodeURIComponent(session)}/checkpoints`,
  );
  const { query } = useStore(place);
  const opened = query.get('checkpoint') ?? '';
  const [wish, setWish] = useState<RestoreWish>();
  return (
    <Answered asked={asked}>
      {({ checkpoints }) =>
        checkpoints.length === 0 ? (
          <Empty title="No checkpoints with files of this session">
            <p>
              waymark keeps the files of a git work tree before each prompt and before risky
              commands. Other folders: <Runnable text="`waymark docs code-snapshots`" />
            </p>
          </Empty>
        ) : (
          <>
            <UndoButton checkpoints={checkpoints} onWish={setWish} />
            <ol class="checkpoints">
              {checkpoints.map((one) => (
                <li key={one.id} class="card">
                  <CheckpointHead one={one} isOpen={opened === one.id} onWish={setWish} />
                  {opened === one.id && <Changes one={one} />}
                </li>
              ))}
            </ol>
            {wish !== undefined && (
              <RestoreDialog
                wish={wish}
                onClose={() => {
                  setWish(undefined);
                  asked.reload();
                }}
              />
            )}
          </>
        )
      }
    </Answered>
  );
}

/** Takes back the last restore of the work tree that the session worked in. */
function UndoButton({
  checkpoints,
  onWish,
}: {
  readonly checkpoints: readonly KeptCheckpoint[];
  readonly onWish: (wish: RestoreWish) => void;
}) {
  const restored = checkpoints.find(({ cause, isThere }) => cause === 'before-restore' && isThere);
  if (restored === undefined) return null;
  return (
    <p>
      <button type="button" onClick={() => onWish({ workTree: restored.workTree, undo: true })}>
        Undo the last restore
      </button>
    </p>
  );
}

function CheckpointHead({
  one,
  isOpen,
  onWish,
}: {
  readonly one: KeptCheckpoint;
  readonly isOpen: boolean;
  readonly onWish: (wish: RestoreWish) => void;
}) {
  const { id, at, cause, counts, bytes, workTree, isThere, isPartial } = one;
  return (
    <>
      <div class="card-head">
        <button
          type="button"
          data-row
          class="link"
          aria-expanded={isOpen}
          onClick={() => setQuery({ checkpoint: isOpen ? '' : id })}
        >
          <code>{id}</code> <Ago at={at} />, {CAUSES[cause]}
        </button>
        {isThere ? (
          <button type="button" onClick={() => onWish({ workTree, checkpoint: id })}>
            Restore…
          </button>
        ) : (
          <Badge tone="warn">the folder is gone</Badge>
        )}
      </div>
      <p class="muted">
        +{formatCount(counts.added)} ~{formatCount(counts.changed)} −{formatCount(counts.removed)}{' '}
        files, {formatBytes(bytes)} · <Foreign text={workTree} />
        {isPartial && ` · ${formatCount(one.leftOut)} paths left out`}
      </p>
      <p>
        <Foreign text={one.note ?? one.promptText} none="" />
      </p>
    </>
  );
}

function Changes({ one: { id, workTree, isThere } }: { readonly one: KeptCheckpoint }) {
  const parameters = new URLSearchParams({ workTree, from: id });
  const asked = useAnswer<DiffAnswer>(isThere ? `/api/diff?${parameters}` : undefined, 'once');
  return <Answered asked={asked}>{(answer) => <Changed answer={answer} />}</Answered>;
}

function Changed({ answer }: { readonly answer: DiffAnswer }) {
  const lines = useMemo(() => patchLines(answer.patch), [answer]);
  if (answer.files.length === 0)
    return <p class="muted">No file has changed since this checkpoint.</p>;
  return (
    <>
      <h2 class="minor">Changed since then</h2>
      <ul class="files">
        {answer.files.map(({ path, status, added, removed }) => (
          <li key={path}>
            <code>
              <Foreign text={path} />
            </code>{' '}
            <span class="muted">
              {status}
              {added !== null && `, +${formatCount(added)}`}
              {removed !== null && ` −${formatCount(removed)}`}
            </span>
          </li>
        ))}
      </ul>
      {answer.isPartial && (
        <p class="note warn">
          Files are missing from this checkpoint: they may only seem to be new.
        </p>
      )}
      <Diff lines={lines} />
    </>
  );
}
