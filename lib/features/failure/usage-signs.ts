import { lazy } from '../../core/lazy.ts';

/**
 * Messages of argument parsers that refuse a call: getopt (GNU and BSD), argparse, click, optparse,
 * thor, cobra, urfave, kong, clap, commander, yargs, oclif, cac, symfony, System.CommandLine,
 * swift-argument-parser, picocli, Getopt::Long, LLVM, and programs that name their tasks in the
 * same words.
 */
const USAGE = lazy(
  () =>
    new RegExp(
      [
        String.raw`\bunknown (?:short(?:hand)? |long |compiler |cli |command[- ]?line )?(?:option|flag|switch|argument|(?:sub-?)?command|parameter|task|goal|lifecycle phase|recipe|rule|job|target|predicate|encoder)s?\b|\b(?:unknown|unrecogni[sz]ed|unsupported|invalid) (?:\w+ )?(?:type|format|extension)\b(?! name)`,
        String.raw`\b(?:unrecogni[sz]ed|unsupported|illegal|invalid|bad|nonexistent|ambiguous) (?:short |long |cli |command[- ]?line )?(?:option|flag|switch|choice|(?:sub-?)?command|parameter)s?\b|\b(?:unrecogni[sz]ed|unexpected|illegal) (?:extra )?(?:argument|operand)s?\b|\binvalid (?:argument|value) ["'\x60].{0,60}["'\x60] for\b`,
        String.raw`flag provided but not defined|\bno such (?:option|flag|(?:sub-?)?command|task)\b|no help topic for|incorrect usage`,
        String.raw`\b(?:option|flag|switch) .{1,60} (?:is (?:unknown|ambiguous|not recogni[sz]ed|not supported|deprecated and)|does(?:n't| not) (?:exist|take|allow)|requires|needs|not found|was replaced)|["'\x60]--?[\w-]+["'\x60] (?:option|flag) does not exist`,
        String.raw`\bis(?:n't| not) an? (?:\S+ ){0,2}(?:command|subcommand|option|task)\b|is misspelled or not recogni[sz]ed|not a valid (?:command|subcommand|option|task)\b`,
        String.raw`\b(?:command|subcommand|task|recipe|script|goal|profile|scheme|rule|generator|playbook)s?:? ["'\x60]?[\w:./@-]+["'\x60]? (?:is not defined|is undefined|could not be found|cannot be found|was not found|not found|does(?:n't| not) exist)`,
        String.raw`\b(?:could not|couldn't|cannot|can't|unable to) (?:find|locate|resolve|match|create) (?:an? |the )?(?:\w+ )?(?:command|subcommand|option|task|script|recipe|target|parser|printer|generator|configuration for)\b`,
        "expected context address|invalid command code|extra characters (?:at the end|after command)|unknown option to .s'|unterminated address",
        String.raw`invalid choice|\b(?:valid|allowed|possible|available|supported) (?:values|choices|options|formats|types|tasks|commands|targets|scripts|generators|candidates)\b ?(?:are|is|:|include)|\b(?:one of|must be|expected) .{0,60}\(?instead was|must be one of`,
        String.raw`\b(?:missing|required|too many|too few|not enough|unexpected extra) (?:\w+ ){0,2}(?:argument|operand|option|flag|parameter|positional)s?\b|\b(?:requires|expects|expected|accepts|takes|needs) (?:at least |at most |exactly |an? |one |\d+ )*(?:argument|operand|parameter|arg\(s\)|version when)`,
        String.raw`\b(?:must|need to|please|have to) (?:specify|provide|supply|pass|give|choose)\b|--[\w-]+["'\x60]?(?: option| flag)? (?:is |are )?(?:required|needed|missing)|\bno \w+ (?:was |were )?(?:specified|given|provided)\b`,
        String.raw`\bfollowing (?:required )?arguments (?:are required|were not provided)|^usage: |^(?:.{0,40}: )?(?:try|see|run|use) ["'\x60]?\S+(?: \S+){0,3} (?:--help|-h|-help)\b|\bfor usage\b|for usage information`,
      ].join('|'),
      'im',
    ),
);

/** Whether a program printed that it does not understand how it was called. */
export function isUsageError(body: string): boolean {
  return USAGE().test(body);
}

/** Returns the text without those lines. */
export function removeUsageLines(body: string): string {
  return body
    .split('\n')
    .filter((line) => !isUsageError(line))
    .join('\n');
}

const SUGGESTS =
  /did you mean|(?:perhaps|maybe) you meant|\bsimilar\b[^\n]{0,40}\b(?:exists?|is|are)\b|most similar/i;

/** Whether the error suggests another word for one of the call, not for one of the code. */
export function suggestsAnotherWord(words: readonly string[], body: string): boolean {
  const lines = body.split('\n').filter((line) => !/^\s*(?:File "|at |--> )/.test(line));
  return lines.some(
    (line, at) =>
      SUGGESTS.test(line) &&
      lines.slice(Math.max(0, at - 3), at + 1).some((near) => namesOneOf(words, near)),
  );
}

const MISSING =
  /does(?:n't| not) exist|\bnot found\b|could not be found|cannot be found|\bno such\b|\b(?:could not|couldn't|cannot|can't|unable to|failed to) (?:find|locate|open|read|resolve)|\b(?:unknown|invalid|unrecogni[sz]ed|undefined|no)\b/i;

/** Whether a line says that a word of the call is missing or wrong. */
export function namesMissingWord(words: readonly string[], body: string): boolean {
  return body.split('\n').some((line) => MISSING.test(line) && namesOneOf(words, line));
}

/** Whether a line names a word of a call, its options and operands, as a whole word. */
export function namesOneOf(words: readonly string[], line: string): boolean {
  return words.slice(1).some((word) => namesWord(word, line));
}

function namesWord(word: string, line: string): boolean {
  const bare = word.replace(/^(["'])(.*)\1$/s, '$2').replace(/^--?(?:[\w-]+=)?/, '');
  return bare.length > 1 && /[^\W\d]/.test(bare) && hasWord(line, bare);
}

/**
 * Whether an error names a word of a call, or the searched part of it: the host of an address, the
 * target of a package.
 */
export function isBlamed(word: string, body: string): boolean {
  const [, origin = ''] = /^([a-z][\w+.-]*:\/\/[^/\s]+)\//.exec(word) ?? [];
  return (
    body.includes(word.replace(/=.*/s, '')) ||
    (origin !== '' && body.includes(origin)) ||
    splitAddress(word).some((part) => namesWord(part, body))
  );
}

/**
 * Splits an address: `web1` and `/srv` of `ann@web1:/srv`; `shop` and `spec` of `shop:spec`. An
 * address with a scheme has no parts.
 */
export function splitAddress(word: string): readonly string[] {
  return word.includes('://') ? [] : word.replace(/^[\w.-]+@(?=[\w.-])/, '').split(':');
}

const INSIDE =
  /\b(?:when \w+ing|parsing|decoding|converting|loading|validating|in|at|of)(?: file)?:? ?["'\x60]?$/i;

/** Whether the error is in a file that the call names: then the call may be right. */
export function blamesContent(words: readonly string[], body: string): boolean {
  return words.slice(1).some((word) => {
    const at = /\w\.[a-z]\w*$/i.test(word) ? body.indexOf(word) : -1;
    return at !== -1 && INSIDE.test(body.slice(Math.max(0, at - 40), at));
  });
}

/** Whether a text contains a whole word, with no letter, digit, `_` or `-` next to it. */
export function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
    if (!/[\w-]/.test(text.charAt(at - 1)) && !/[\w-]/.test(text.charAt(at + word.length)))
      return true;
  return false;
}
