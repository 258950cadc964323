/** What one launcher must know; all paths absolute. */
export interface LauncherParts {
  readonly name: string;
  /** The state folder, for hooks whose environment does not name one. */
  readonly home: string;
  /** The Node that runs the installer. */
  readonly node: string;
  /** The hook file inside the package. */
  readonly bundle: string;
  /** Its copy in the state folder, for when the package was removed. */
  readonly copy: string;
  /** What runs in front of Node; `''` for a hook whose every call needs it. */
  readonly gate: string;
}

/** The text of a launcher: `template` with each `@PLACEHOLDER@` filled, paths quoted for a POSIX shell, the gate as it is. @throws Error for a placeholder without a value. */
export function renderLauncher(template: string, parts: LauncherParts): string {
  const values: Readonly<Record<string, string>> = {
    NAME: parts.name,
    HOME: quoteForShell(parts.home),
    NODE: quoteForShell(parts.node),
    BUNDLE: quoteForShell(parts.bundle),
    COPY: quoteForShell(parts.copy),
    GATE: parts.gate.trimEnd(),
  };
  return template.replace(/@([A-Z]+)@/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new Error(`Cannot fill ${placeholder} of the launcher: no such value`);
    return value;
  });
}

/** `text` as one word of a POSIX shell, whatever it contains. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
