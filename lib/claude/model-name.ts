/** The model without what the client adds to its name: a window in brackets, a date. */
export function modelName(model: string): string {
  return model.replace(/\[\w+\]$/, '').replace(/-\d{8}$/, '');
}

/** What a token of a model costs against one of the cheapest family, by list prices; families that are not known count as the dearest. */
const WEIGHTS: ReadonlyArray<readonly [family: RegExp, weight: number]> = [
  [/haiku/, 1],
  [/sonnet/, 3],
];
const DEAREST = 5;

/** How much a token of this model costs, 1 for the cheapest family. Good for comparing, not for accounts. */
export function modelWeight(model: string): number {
  return WEIGHTS.find(([family]) => family.test(model))?.[1] ?? DEAREST;
}
