/** Programs that run the program after them, with those of their options that take a value. */
const WRAPPERS: Readonly<Record<string, RegExp>> = {
  sudo: /^-[ugCDhpRT]$/,
  doas: /^-[uC]$/,
  env: /^-[uCS]$/,
  time: /^-[fo]$/,
  nohup: /^$/,
  nice: /^-n$/,
  ionice: /^-[cnp]$/,
  timeout: /^-[ks]$/,
  command: /^$/,
  exec: /^-a$/,
  builtin: /^$/,
  stdbuf: /^-[ioe]$/,
  xargs: /^-[IEdLnPsa]$/,
};

/**
 * `sudo` and `env` accept any name, even one of digits. In a general form, digits are a
 * placeholder.
 */
const ASSIGNMENT = /^[\w\uE000-\uE004]+=/;

/** Wrappers that limit or time the program after them, and do not change what it does. */
const LIMITS_ONLY = /^(?:time|timeout|nice|ionice|nohup|stdbuf|command|builtin)$/;

/** Whether a wrapper only limits or times the program after it: `timeout`, `nice`. */
export function isLimit(wrapper: string): boolean {
  return LIMITS_ONLY.test(wrapper);
}

/** The words before a program that say how it runs. */
export interface Wrappers {
  readonly names: readonly string[];
  /** Number of words: 5 in `sudo -u x env A=1 git push`. 0 if no program follows them. */
  readonly count: number;
  /**
   * Positions of the words that change what the program does: all except `timeout 60` and similar.
   */
  readonly meaningful: readonly number[];
}

/** Finds the wrappers at the start of `words`. */
export function findWrappers(words: readonly string[]): Wrappers {
  const names: string[] = [];
  const meaningful: number[] = [];
  let count = 0;
  for (;;) {
    const next = behindWrapper(words, count);
    if (next === count) return { names, count, meaningful };
    const name = programName(words[count] ?? '');
    names.push(name);
    if (!LIMITS_ONLY.test(name))
      for (let place = count; place < next; place += 1) meaningful.push(place);
    count = next;
  }
}

function behindWrapper(words: readonly string[], from: number): number {
  const wrapper = programName(words[from] ?? '');
  const takesValue = Object.hasOwn(WRAPPERS, wrapper) ? WRAPPERS[wrapper] : undefined;
  if (takesValue === undefined) return from;
  let next = from + 1;
  for (; next < words.length; next += 1) {
    const word = words[next] ?? '';
    if (wrapper === 'command' && /^-[vV]/.test(word)) return from;
    if (takesValue.test(word)) next += 1;
    else if (!word.startsWith('-') && !(wrapper !== 'xargs' && ASSIGNMENT.test(word))) break;
  }
  if (wrapper === 'timeout') next += 1;
  return next < words.length ? next : from;
}

/** `/usr/bin/git` is `git`. A program of the project keeps its path. */
export function programName(word: string): string {
  return /^\/(?:usr\/|usr\/local\/|opt\/homebrew\/)?s?bin\/([^/]+)$/.exec(word)?.[1] ?? word;
}

const SHELLS = /^(?:ba|z|da|k|a|fi)?sh$/;

/**
 * Returns the texts among a program's words that it runs as a shell would, on this or another
 * machine.
 * @param input Texts that it reads.
 */
export function shellTexts(
  name: string,
  args: readonly string[],
  input: readonly string[],
): readonly string[] {
  if (SHELLS.test(name) || name === 'su') {
    const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
    const given = args.every((arg) => arg.startsWith('-')) ? input : [];
    return [...(at === -1 ? [] : [args[at + 1] ?? '']), ...given];
  }
  if (name === 'eval') return [args.join(' ')];
  if (name === 'trap' || name === 'watch') return args.slice(0, 1);
  if (name !== 'ssh') return [];
  const host = args.findIndex(
    (arg, index) =>
      !arg.startsWith('-') && !/^-[bcDEeFIiJLlmOopQRSWw]$/.test(args[index - 1] ?? ''),
  );
  return host === -1 ? [] : [args.slice(host + 1).join(' ')];
}

/** Finds the start and end of the commands that `find` runs for its results. */
export function findCommands(
  args: readonly string[],
): ReadonlyArray<readonly [from: number, to: number]> {
  return args.flatMap((arg, index) => {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(arg)) return [];
    const end = args.findIndex((word, at) => at > index && (word === ';' || word === '+'));
    return [[index + 1, end === -1 ? args.length : end] as const];
  });
}

/** `bash -lc 'LINE'` and nothing else; in double quotes only what the outer shell leaves alone. */
const SHELL_LINE =
  /^\s*((?:\/\S+\/)?(?:ba|z|da|k)?sh(?: -[a-z]+| -o \w+)*? -[a-z]*c) (?:'([^']*)'|"((?:[^"\\$`]|\\["\\])*)")\s*$/;

/**
 * The line that a call gives to a shell as its only text, and the shell with its options;
 * `undefined` for any other call.
 */
export function unwrapShell(
  call: string,
): { readonly shell: string; readonly line: string } | undefined {
  const [, shell, single, double] = SHELL_LINE.exec(call) ?? [];
  const line = single ?? double?.replace(/\\(["\\])/g, '$1');
  return shell === undefined || line === undefined || line.trim() === ''
    ? undefined
    : { shell, line };
}
