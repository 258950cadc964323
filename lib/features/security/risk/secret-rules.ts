import { isSecretFile, isSecretName, readsSecretVariable } from './known-paths.ts';
import {
  gitCall,
  isLocal,
  operandsOf,
  phraseOf,
  isLocalOnly,
} from '../../../shell/program-words.ts';
import type { RiskRule } from './risk-rule.ts';
import type { Program } from '../../../shell/program.ts';

/** Commands that expose secrets or files to others; a transcript counts as such a place. */
export const SECRET_RULES: readonly RiskRule[] = [
  {
    id: 'read-secret',
    severity: 'medium',
    says: 'reads a file that usually contains secrets',
    fits: (program) => readsSecret(program) && !isKept(program),
  },
  {
    id: 'print-secret',
    severity: 'medium',
    says: 'prints a secret',
    fits: (program) => printsSecret(program) && !isKept(program),
  },
  {
    id: 'commit-secret',
    severity: 'high',
    says: 'commits a file that usually contains secrets',
    fits: (program) =>
      gitCall(program)?.command === 'add' && operandsOf(program.args).some(isSecretFile),
  },
  {
    id: 'send-secret',
    severity: 'critical',
    says: 'sends secrets to another machine',
    fits: sendsSecret,
  },
  {
    id: 'send-file',
    severity: 'medium',
    says: 'sends a file to another machine',
    fits: (program) => sendsFile(program) && !sendsSecret(program),
  },
];

/**
 * Whether the output is only stored: in `export X=$(…)` and `X=$(…)`, or as the input of a program
 * that reads a password there.
 */
function isKept({ within }: Program): boolean {
  return within !== undefined && /^(?:=|export|declare|local|readonly|env|set)$/.test(within);
}

const READER =
  /^(?:cat|bat|tac|nl|less|more|head|tail|e?grep|fgrep|rg|ag|awk|gawk|sed|cut|sort|uniq|strings|xxd|hexdump|od|base64|base32|jq|yq|cp|tar|zip|gzip|rsync|scp|diff|view|open|pbcopy|xclip)$/;
const PATTERN_FIRST = /^(?:e?grep|fgrep|rg|ag|awk|gawk|sed|jq|yq)$/;

/** Returns the files that a program reads, according to its words. */
function readFiles({ name, args, files }: Program): readonly string[] {
  const given = files.flatMap(({ sign, path }) => (sign === '<' ? path : []));
  if (
    !READER.test(name) ||
    (name === 'sed' && args.some((arg) => /^-[a-z]*i|^--in-place/.test(arg)))
  )
    return given;
  if (name === 'tar' && !args.some((arg) => /^-?[a-zA-Z]*c/.test(arg))) return given;
  const operands = operandsOf(args);
  const hasPattern =
    PATTERN_FIRST.test(name) && !args.some((arg) => /^-[ef]$|^--(?:regexp|file)/.test(arg));
  if (/^(?:cp|scp|rsync)$/.test(name)) return [...given, ...operands.slice(0, -1)];
  return [...given, ...(hasPattern ? operands.slice(1) : operands)];
}

function readsSecret(program: Program): boolean {
  return readFiles(program).some(isSecretFile);
}

const PRINTING =
  /^(?:gh auth token|gcloud auth (?:application-default )?print-|aws configure get .*(?:secret|token)|aws configure export-credentials|az account get-access-token|security find-(?:generic|internet)-password\b.* -w|op read |vault (?:kv get|read) |pass (?:show )?[\w/-]+$|heroku auth:token|secret-tool lookup|kubectl get secrets?\b.* -o)/;

function printsSecret(program: Program): boolean {
  const { name, words, args, isRead, files } = program;
  if (name === 'printenv' && args.some(isSecretName)) return !isRead;
  if (PRINTING.test(phraseOf(program))) return !isRead && !writes(program);
  if (/^(?:e?grep|rg)$/.test(name))
    return (
      isSecretName(operandsOf(args)[0] ?? '') &&
      !args.some((arg) => /^-[a-z]*[cq]/.test(arg)) &&
      program.inputs.some(printsAll)
    );
  if ((name !== 'echo' && name !== 'printf') || isRead || files.some(({ sign }) => sign === '>'))
    return false;
  return words.some(({ raw }) => !raw.startsWith("'") && readsSecretVariable(raw));
}

function printsAll({ name, args }: Program): boolean {
  return (
    (name === 'env' || name === 'printenv' || name === 'set' || name === 'export') &&
    args.every((arg) => arg.startsWith('-'))
  );
}

function writes({ files }: Program): boolean {
  return files.some(({ sign }) => sign === '>');
}

const SENDER = /^(?:curl|wget|https?|nc|ncat|netcat|socat|telnet|ftp|mail|sendmail)$/;

function sendsSecret(program: Program): boolean {
  const { name, args, words, inputs } = program;
  if (/^(?:scp|rsync|sftp)$/.test(name))
    return readsSecret(program) && isRemote(operandsOf(args).at(-1) ?? '');
  if (/^(?:aws|gsutil|gcloud|rclone)$/.test(name))
    return args.some(isSecretFile) && args.some((arg) => /^(?:s3|gs):\/\//.test(arg));
  if (!SENDER.test(name) || isLocalOnly(args)) return false;
  const made = words.flatMap(({ programs }) => programs);
  return (
    [...inputs, ...made].some((source) => readsSecret(source) || printsAll(source)) ||
    readsSecret(program) ||
    sentFiles(program).some(isSecretFile)
  );
}

function sendsFile(program: Program): boolean {
  const { name, args, files } = program;
  if (/^(?:nc|ncat|netcat)$/.test(name))
    return files.some(({ sign }) => sign === '<') && !args.some(isLocal);
  return sentFiles(program).some((file) => file !== '-') && !isLocalOnly(args);
}

/** Returns the files that curl or wget sends. */
function sentFiles({ name, args }: Program): readonly string[] {
  if (name === 'wget')
    return args.flatMap((arg) => /^--(?:post|body)-file=(.+)$/.exec(arg)?.[1] ?? []);
  if (name !== 'curl' && name !== 'http') return [];
  return args.flatMap((arg, index) => {
    const value = args[index + 1] ?? '';
    if (/^(?:-T|--upload-file)$/.test(arg)) return value;
    if (/^(?:-d|--data(?:-binary|-ascii|-urlencode)?|--json)$/.test(arg))
      return /^[\w.[\]-]*@(.+)$/.exec(value)?.[1] ?? [];
    if (/^(?:-F|--form)$/.test(arg)) return /^[^=]*=[@<]([^;]+)/.exec(value)?.[1] ?? [];
    return /^(?:-d|--data(?:-binary|-ascii)?=|--json=)@(.+)$/.exec(arg)?.[1] ?? [];
  });
}

function isRemote(place: string): boolean {
  return /^[^/]+:/.test(place) && !isLocal(place);
}
