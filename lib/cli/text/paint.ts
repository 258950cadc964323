/** Colours for a terminal; plain text elsewhere. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** @param useColour Whether the output is a terminal, without `NO_COLOR` or `--no-color`. */
export function createPaint(useColour: boolean): Paint {
  const wrap = (open: number, close: number) => (text: string) =>
    useColour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    blue: wrap(34, 39),
    cyan: wrap(36, 39),
  };
}

/** Whether to use colours. @see https://no-color.org */
export function wantsColour(
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  args: readonly string[],
): boolean {
  if (args.includes('--no-color') || (environment['NO_COLOR'] ?? '') !== '') return false;
  return isTerminal || (environment['FORCE_COLOR'] ?? '0') !== '0';
}
