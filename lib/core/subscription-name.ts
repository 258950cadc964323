/**
 * Whether `wanted` names a handler or webhook such as `user/notify`: by its whole name, or by its
 * last part, `notify`.
 */
export function isNamed(name: string, wanted: string): boolean {
  return name === wanted || name.endsWith(`/${wanted}`);
}

/** Lists the names that are accepted for them: whole names and last parts. */
export function listAcceptedNames(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [name, name.slice(name.lastIndexOf('/') + 1)]);
}
