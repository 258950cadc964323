import { isLocal } from '../../../shell/program-words.ts';
import type { RiskRule } from './risk-rule.ts';
import type { Program } from '../../../shell/program.ts';
import type { ShellLine } from '../../../shell/shell-line.ts';

/** Commands that run unreviewed code, or give a shell to another machine. */
export const RUNNING_RULES: readonly RiskRule[] = [
  {
    id: 'run-download',
    severity: 'high',
    says: 'runs text from the network without review',
    fits: (program, line) =>
      codeSources(program).some(({ name }) => DOWNLOADER.test(name)) || wasSaved(program, line),
  },
  {
    id: 'run-hidden',
    severity: 'high',
    says: 'runs text that cannot be read in the command',
    fits: (program) => codeSources(program).some(isDecoder) || isPieced(program),
  },
  {
    id: 'open-shell',
    severity: 'critical',
    says: 'gives a shell to another machine',
    fits: opensShell,
  },
];

const DOWNLOADER = /^(?:curl|wget|fetch|https?|aria2c|xh)$/;
const SHELL = /^(?:ba|z|da|k|a|fi)?sh$/;
const INTERPRETER =
  /^(?:(?:ba|z|da|k|a|fi)?sh|python[\d.]*|node|deno|bun|perl|ruby|php|osascript|pwsh)$/;

/** Returns the programs whose output a program runs as code. */
function codeSources({ name, nameWord, words, args, inputs }: Program): readonly Program[] {
  if (name === 'eval' || name === 'source' || name === '.')
    return words.flatMap(({ programs }) => programs);
  const named = nameWord?.programs ?? [];
  if (!INTERPRETER.test(name)) return named;
  const at = args.findIndex((arg) => /^-[a-z]*[ce]$|^--eval$/.test(arg));
  if (at !== -1) return words[at + 1]?.programs ?? [];
  const first = words.find(({ value }) => !value.startsWith('-'));
  if (first?.programs.length) return first.programs;
  const readsInput = SHELL.test(name)
    ? first === undefined || args.some((arg) => /^-[a-z]*s[a-z]*$/.test(arg))
    : first === undefined && !args.some((arg) => /^-m/.test(arg));
  return readsInput ? inputs : [];
}

function isDecoder({ name, args }: Program): boolean {
  if (/^(?:base64|base32|gbase64)$/.test(name))
    return args.some((arg) => /^(?:-[dD]|--decode)$/.test(arg));
  if (name === 'xxd') return args.some((arg) => /^-[a-z]*r/.test(arg));
  return name === 'openssl' && args.includes('-d');
}

/** Whether a program name is composed of parts: `g$(printf it)`; `$(npm bin)/tool` is a path. */
function isPieced({ nameWord }: Program): boolean {
  return (
    nameWord !== undefined &&
    nameWord.programs.length > 0 &&
    /^\w+(?:\$\(|`)|(?:\)|`)\w+$/.test(nameWord.raw)
  );
}

/** Whether a program runs a file that the line downloaded before. */
function wasSaved(program: Program, { programs }: ShellLine): boolean {
  const run = runFile(program);
  if (run === undefined) return false;
  return programs
    .slice(0, programs.indexOf(program))
    .some(
      (earlier) =>
        DOWNLOADER.test(earlier.name) &&
        savedAs(earlier).some((file) => baseOf(file) === baseOf(run)),
    );
}

function runFile({ name, args }: Program): string | undefined {
  if (name.includes('/')) return name;
  return INTERPRETER.test(name) || name === 'source' || name === '.'
    ? args.find((arg) => !arg.startsWith('-'))
    : undefined;
}

function savedAs({ name, args, files }: Program): readonly string[] {
  const option = name === 'wget' ? /^(?:-O|--output-document)$/ : /^(?:-[a-zA-Z]*o|--output)$/;
  const named = args.flatMap((arg, index) => (option.test(arg) ? (args[index + 1] ?? []) : []));
  const written = files.flatMap(({ sign, path }) => (sign === '>' ? path : []));
  const isByAddress =
    named.length === 0 &&
    (name === 'wget' || args.some((arg) => /^-[a-zA-Z]*O/.test(arg) || arg === '--remote-name'));
  return [
    ...named,
    ...written,
    ...(isByAddress
      ? args.filter((arg) => /^https?:/.test(arg)).map((address) => address.replace(/[?#].*$/, ''))
      : []),
  ];
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function opensShell({ name, args, files, inputs }: Program): boolean {
  const sockets = files.flatMap(({ path }) => /^\/dev\/(?:tcp|udp)\/([^/]+)/.exec(path)?.[1] ?? []);
  if (
    sockets.some((host) => !isLocal(host)) &&
    (SHELL.test(name) || name === 'exec' || name === '')
  )
    return true;
  if (/^(?:nc|ncat|netcat)$/.test(name))
    return (
      args.some((arg) => /^(?:-[a-z]*[ec]|--(?:sh-)?exec)$/.test(arg)) ||
      inputs.some((input) => SHELL.test(input.name))
    );
  return name === 'socat' && args.some((arg) => /^(?:EXEC|SYSTEM):/i.test(arg));
}
