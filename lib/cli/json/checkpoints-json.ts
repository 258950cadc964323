import type { KeptCheckpoint } from '../../query/snapshots/list-checkpoints.ts';

/** A row of `checkpoints --json`. Field names are a contract. */
export interface CheckpointJson
  extends Omit<KeptCheckpoint, 'cause' | 'prompt' | 'promptText' | 'counts' | 'files'> {
  /** What it was saved for: `prompt`, `checkpoint`, `risky-command`, and so on. */
  readonly kind: KeptCheckpoint['cause'];
  /** The first words of the prompt that was worked on. */
  readonly prompt: string | null;
  readonly promptId: string | null;
  readonly files: number;
  /** The saved files, as `waymark diff` and `waymark restore` take them. */
  readonly snapshot: string;
  /** How the files differ from the checkpoint before. */
  readonly changes: KeptCheckpoint['counts'];
}

/** What `checkpoints --json` prints: a list, the newest last. @param kept The latest first. */
export function formatCheckpointsAsJson(
  kept: readonly KeptCheckpoint[],
): readonly CheckpointJson[] {
  return kept.map(formatCheckpoint).reverse();
}

function formatCheckpoint(one: KeptCheckpoint): CheckpointJson {
  const { id, session, at, cause, prompt, promptText, counts, files, bytes, ...rest } = one;
  return {
    ...{ id, session, at, kind: cause, prompt: promptText, files, bytes, snapshot: id },
    ...{ promptId: prompt, changes: counts },
    ...rest,
  };
}
