import { type BuiltinSummary, listBuiltins } from '../delivery/builtin/builtin-handlers.ts';
import type { KnownHandler } from '../delivery/handlers/known-handler.ts';
import { type HandlersPlace, openHandlers } from './open-handlers.ts';

/** One handler, as `handlers list --json` shows it. Field names are a contract. */
export interface HandlerRow {
  /** `user/NAME` or `builtin/NAME`. */
  readonly name: string;
  readonly kind: 'builtin' | 'executable' | 'module';
  readonly path: string | null;
  readonly state: 'ready' | 'loading' | 'refused';
  /** Why it is refused. */
  readonly reason: string | null;
  /** Type globs. */
  readonly on: readonly string[] | null;
  readonly filter: readonly string[] | null;
  readonly timeoutMs: number | null;
  readonly concurrency: number | null;
  readonly attempts: number | null;
}

/** Every handler of the user's that is found, usable or not, then those that are built in. */
export interface HandlerList {
  readonly rows: readonly HandlerRow[];
  /** Why no handler of the user's may run, with the path of their folder. */
  readonly problem: string | undefined;
}

/** Looks at the handlers as a worker would find them now. */
export async function listHandlers(place: HandlersPlace): Promise<HandlerList> {
  const { handlers } = await openHandlers(place);
  const known = handlers.known();
  const problem = handlers.problem();
  await handlers.close();
  return { rows: [...known.map(rowOf), ...listBuiltins().map(builtinRow)], problem };
}

function rowOf({ name, kind, path, state, reason, settings }: KnownHandler): HandlerRow {
  const { types, filters, timeoutMs, concurrency, maxAttempts } = settings ?? {};
  const filter = filters?.map(
    (one) => `${one.path.join('.')}${one.isNegated ? '!' : ''}=${one.glob}`,
  );
  return {
    name,
    kind,
    path,
    state,
    reason: reason ?? null,
    on: types ?? null,
    filter: filter ?? null,
    timeoutMs: timeoutMs ?? null,
    concurrency: concurrency ?? null,
    attempts: maxAttempts ?? null,
  };
}

function builtinRow({
  name,
  types,
  timeoutMs,
  concurrency,
  maxAttempts,
}: BuiltinSummary): HandlerRow {
  const own = { name, kind: 'builtin', path: null, state: 'ready', reason: null } as const;
  return { ...own, on: types, filter: null, timeoutMs, concurrency, attempts: maxAttempts };
}
