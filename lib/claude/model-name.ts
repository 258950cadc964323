/** What an id says of its model, whichever provider wrote it. */
export interface ModelId {
  /**
   * As the Claude API writes it, without date and suffixes: `claude-sonnet-4-5`,
   * `claude-3-5-haiku`; ids of other models in lower case.
   */
  readonly name: string;
  /** `undefined` for a model that is no Claude, or whose name follows no known pattern. */
  readonly family: string | undefined;
  /** Major and minor; `undefined` for an alias such as `sonnet`. */
  readonly version: readonly [major: number, minor: number] | undefined;
  /** The window that the id states itself, as in `[1m]` or `:0:200k`. Tokens. */
  readonly statedWindow: number | undefined;
  /**
   * Whether the id says nothing of the model, such as the ARN of an application inference profile.
   */
  readonly isOpaque: boolean;
}

const FAMILIES = 'opus|sonnet|haiku|fable|mythos';
const ALIAS = new RegExp(`^(?:${FAMILIES})$`);

/**
 * From 4 on the family comes first, up to 3.7 the version does; some providers keep to one of the
 * two.
 */
const FAMILY_FIRST = new RegExp(`^claude-(${FAMILIES})-(\\d{1,2})(?:-(\\d{1,2}))?(?=-|$)`);
const VERSION_FIRST = new RegExp(`^claude-(\\d{1,2})(?:-(\\d{1,2}))?-(${FAMILIES})(?=-|$)`);

/** `[1m]` as Claude Code writes it; `:200k` as Bedrock does behind a version. */
const STATED = /\[\s*(\d{1,4})\s*([km])\s*\]|:(\d{1,4})([km])$/i;

const MAX_ID = 2_048;

/**
 * Reads a model id: of the Claude API, Bedrock (`us.anthropic.…-v1:0`, ARNs), Vertex
 * (`…@20250929`), or with a provider in front (`openrouter/anthropic/…`). Never throws.
 */
export function parseModelId(id: string): ModelId {
  const text = id.slice(0, MAX_ID).trim().toLowerCase();
  const bare = text.replace(/\[[^\]]*\]/g, '').trim();
  const name = nameIn(bare);
  return {
    name,
    ...familyIn(name),
    statedWindow: statedIn(text),
    isOpaque: bare.startsWith('arn:') && !name.startsWith('claude'),
  };
}

function statedIn(text: string): number | undefined {
  const [, bracketed, bracketUnit, digits = bracketed, unit = bracketUnit] =
    STATED.exec(text) ?? [];
  const tokens = Number(digits) * (unit === 'm' ? 1_000_000 : 1_000);
  return tokens > 0 ? tokens : undefined;
}

/** Text before `claude` names a region or provider, text after `@` or `:` a version. */
function nameIn(bare: string): string {
  const claude = [...bare.matchAll(/(?:^|[^a-z0-9])(claude[a-z0-9.-]*)/g)].at(-1)?.[1];
  if (claude === undefined) return bare.replace(/[-@]\d{8}$/, '');
  return claude
    .replace(/(\d)\.(?=\d)/g, '$1-')
    .replace(/(-\d{8})?(?:-v\d+|-latest|-thinking)*$/, '');
}

function familyIn(name: string): Pick<ModelId, 'family' | 'version'> {
  if (name === 'claude-mythos-preview') return { family: 'mythos', version: [5, 0] };
  const alias = ALIAS.exec(name)?.[0];
  if (alias !== undefined) return { family: alias, version: undefined };
  const [, family, major, minor = '0'] = FAMILY_FIRST.exec(name) ?? [];
  if (family !== undefined) return { family, version: [Number(major), Number(minor)] };
  const [, first, second = '0', last] = VERSION_FIRST.exec(name) ?? [];
  return last === undefined
    ? { family: undefined, version: undefined }
    : { family: last, version: [Number(first), Number(second)] };
}

/**
 * The model without what clients and providers add to its name: region, provider, a window in
 * brackets, a date.
 */
export function normalizeModelName(model: string): string {
  return parseModelId(model).name;
}

/**
 * Whether two ids mean one model, whichever providers wrote them. An alias without a version is the
 * model of its family; an opaque id may be any.
 */
export function isSameModel(one: string, other: string): boolean {
  if (one === '' || other === '') return one === other;
  const [a, b] = [parseModelId(one), parseModelId(other)];
  if (a.isOpaque || b.isOpaque) return true;
  if (a.family === undefined || a.family !== b.family)
    return isVersionOf(a.name, b.name) || isVersionOf(b.name, a.name);
  if (a.version === undefined || b.version === undefined) return true;
  return a.version[0] === b.version[0] && a.version[1] === b.version[1];
}

/** Whether a name is another with more behind it. */
export function isVersionOf(model: string, name: string): boolean {
  return model === name || ['-', '@', ':'].some((mark) => model.startsWith(`${name}${mark}`));
}

/**
 * What a token of a model costs against one of the cheapest family, by list prices; families that
 * are not known count as the dearest.
 */
const WEIGHTS: ReadonlyArray<readonly [family: RegExp, weight: number]> = [
  [/haiku/, 1],
  [/sonnet/, 3],
];
const DEAREST = 5;

/**
 * How much a token of this model costs, 1 for the cheapest family. Good for comparing, not for
 * accounts.
 */
export function estimateModelWeight(model: string): number {
  return WEIGHTS.find(([family]) => family.test(model))?.[1] ?? DEAREST;
}
