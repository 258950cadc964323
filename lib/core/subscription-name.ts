/** Whether a handler or webhook such as `user/notify` is meant: by the whole of its name, or by its end, `notify`. */
export function isNamed(name: string, wanted: string): boolean {
  return name === wanted || name.endsWith(`/${wanted}`);
}

/** What may be said for each of them: their whole names, and the last parts of these. */
export function namesFor(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [name, name.slice(name.lastIndexOf('/') + 1)]);
}
