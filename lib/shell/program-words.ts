import type { Program } from './program.ts';

/**
 * Whether one of the options is given: a letter, alone or combined (`-xf`), or a long name, with or
 * without a value (`--force=x`).
 */
export function hasOption(
  args: readonly string[],
  letters: string,
  ...names: readonly string[]
): boolean {
  return args.some(
    (arg) =>
      (/^-[A-Za-z]+$/.test(arg) && [...letters].some((letter) => arg.includes(letter))) ||
      names.some((name) => arg === name || arg.startsWith(`${name}=`)),
  );
}

/** Returns the words that are not options. What follows `--` is never one. */
export function operandsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  return [...before.filter((arg) => !/^-./.test(arg)), ...(end === -1 ? [] : args.slice(end + 1))];
}

/** A parsed call of git. */
export interface GitCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly operands: readonly string[];
  /** Settings given with `-c`. */
  readonly settings: readonly string[];
}

/** Parses the git command of a program. Returns `undefined` for another program. */
export function gitCall({ name, args }: Program): GitCall | undefined {
  if (name !== 'git') return undefined;
  const settings: string[] = [];
  let next = 0;
  for (; next < args.length && args[next]?.startsWith('-'); next += 1) {
    if (!/^(?:-[cC]|--(?:git-dir|work-tree|namespace))$/.test(args[next] ?? '')) continue;
    if (args[next] === '-c') settings.push(args[next + 1] ?? '');
    next += 1;
  }
  const rest = args.slice(next + 1);
  return { command: args[next] ?? '', args: rest, operands: operandsOf(rest), settings };
}

/**
 * Returns the first words of a program as one text: `npx prisma migrate reset` gives `prisma
 * migrate reset`.
 */
export function phraseOf({ name, args }: Program): string {
  const words = [name, ...args];
  const from = /^(?:npx|bunx|pnpx|uvx)$/.test(name)
    ? 1 + args.findIndex((arg) => !arg.startsWith('-'))
    : 0;
  return words
    .slice(from)
    .join(' ')
    .replace(/^(?:\.\/)?(?:bin|node_modules\/\.bin)\//, '');
}

/** Whether an address means this machine. */
export function isLocal(address: string): boolean {
  return /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal|[\w-]+\.(?:local|localhost|test))(?:[:/?]|$)/i.test(
    address,
  );
}

/** Whether there are addresses among the words of a program and all of them mean this machine. */
export function isLocalOnly(args: readonly string[]): boolean {
  const addresses = args.filter((arg) =>
    /^(?:https?|ftps?|wss?):\/\/|^(?:localhost|127\.0\.0\.1)\b/i.test(arg),
  );
  return addresses.length > 0 && addresses.every(isLocal);
}
