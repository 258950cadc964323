import type { Webhook } from '../../delivery/webhooks/webhook-list.ts';
import type { WebhookNote } from '../../delivery/webhooks/webhook-notes.ts';
import { shownUrl } from '../../delivery/webhooks/webhook-url.ts';
import type { Paint } from './paint.ts';
import { alignColumns, oneLine } from './table.ts';
import { formatTime } from './units.ts';

/** A webhook as it may be shown: without its secret, and without what its address may hold of one. */
export interface ShownWebhook {
  readonly name: string;
  readonly url: string;
  readonly types: readonly string[];
  /** `new` until something was posted; `gone` = switched off, because the receiver said so. */
  readonly state: 'new' | 'well' | 'failing' | 'gone';
  readonly addedAt: string;
  readonly lastSuccessAt: string | null;
  /** When `failing` or `gone` began. */
  readonly since: string | null;
  readonly reason: string | null;
}

export function shownWebhook(
  { name, url, types, addedAt }: Webhook,
  note: WebhookNote,
): ShownWebhook {
  return {
    name,
    url: shownUrl(url),
    types,
    state: stateOf(note),
    addedAt,
    lastSuccessAt: note.lastSuccessAt ?? null,
    since: note.goneAt ?? note.failingSince ?? null,
    reason: note.reason ?? null,
  };
}

/** A line per webhook, and one more for each that takes nothing. */
export function webhookTable(
  webhooks: readonly ShownWebhook[],
  {
    paint,
    now,
    width,
  }: { readonly paint: Paint; readonly now: number; readonly width?: number | undefined },
): readonly string[] {
  const head = ['NAME', 'STATE', 'LAST TAKEN', 'TYPES', 'URL'].map(paint.dim);
  const rows = webhooks.map(({ name, state, lastSuccessAt, types, url }) => [
    paint.bold(name),
    stateWord(state, paint),
    lastSuccessAt === null ? paint.dim('never') : formatTime(Date.parse(lastSuccessAt), now),
    oneLine(types.join(' ')),
    paint.cyan(oneLine(url)),
  ]);
  const troubles = webhooks.flatMap(({ name, state, since, reason }) =>
    since === null
      ? []
      : [
          `${name} ${state === 'gone' ? 'is switched off' : 'has taken nothing'} since ${formatTime(Date.parse(since), now)}: ${oneLine(reason ?? '')}`,
        ],
  );
  return [...alignColumns([head, ...rows], { width }), ...troubles.map(paint.yellow)];
}

function stateOf({ goneAt, failingSince, lastSuccessAt }: WebhookNote): ShownWebhook['state'] {
  if (goneAt !== undefined) return 'gone';
  if (failingSince !== undefined) return 'failing';
  return lastSuccessAt === undefined ? 'new' : 'well';
}

function stateWord(state: ShownWebhook['state'], paint: Paint): string {
  if (state === 'gone') return paint.red(state);
  return state === 'failing'
    ? paint.yellow(state)
    : state === 'well'
      ? paint.green(state)
      : paint.dim(state);
}
