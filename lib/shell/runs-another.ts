/** Programs that run the program named after them, with those of their options that take a value. */
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

/** `sudo` and `env` take any name, also one of digits. In a general form those are a placeholder. */
const ASSIGNMENT = /^[\w\uE000-\uE004]+=/;

/** They limit or time the program behind them; what it does is the same. */
const LIMITS_ONLY = /^(?:time|timeout|nice|ionice|nohup|stdbuf|command|builtin)$/;

/** The words in front of a program that only say how it is run. */
export interface Wrappers {
  readonly names: readonly string[];
  /** How many words they take: 5 in `sudo -u x env A=1 git push`. 0 where no program follows them. */
  readonly count: number;
  /** Places of the words by which the program does something else: all but those of `timeout 60` and the like. */
  readonly meaningful: readonly number[];
}

/** The wrappers with which `words` begin. */
export function wrappersOf(words: readonly string[]): Wrappers {
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

/** `/usr/bin/git` is `git`; a program of the project keeps its path. */
export function programName(word: string): string {
  return /^\/(?:usr\/|usr\/local\/|opt\/homebrew\/)?s?bin\/([^/]+)$/.exec(word)?.[1] ?? word;
}

const SHELLS = /^(?:ba|z|da|k|a|fi)?sh$/;

/** The texts among its words that a program runs as a shell would, here or on another machine. @param input Texts that it reads. */
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

/** Where in the words of `find` the commands begin and end that it runs for what it finds. */
export function findCommands(
  args: readonly string[],
): ReadonlyArray<readonly [from: number, to: number]> {
  return args.flatMap((arg, index) => {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(arg)) return [];
    const end = args.findIndex((word, at) => at > index && (word === ';' || word === '+'));
    return [[index + 1, end === -1 ? args.length : end] as const];
  });
}
