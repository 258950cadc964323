import {
  type Command,
  forEachChild,
  type ParsedScript,
  parse,
  type Redirection,
  type SyntaxNode,
} from 'unbash';
import { wrapperWords } from './shell-wrappers.ts';

/** One word of a command: as it stands, without its quotes, and the programs that make it. */
export interface Word {
  readonly raw: string;
  readonly value: string;
  readonly programs: readonly Program[];
}

/** A program wherever it stands in a command line: in a pipe, a loop, a substitution, a text that a shell is given. */
export interface Program {
  /** Without its folder; `''` where there is none: assignments, what a whole block is given. */
  readonly name: string;
  /** The word that names it. */
  readonly nameWord: Word | undefined;
  readonly words: readonly Word[];
  /** The words without their quotes. */
  readonly args: readonly string[];
  /** What runs it: `sudo`, `env`, `xargs`. */
  readonly wrappers: readonly string[];
  /** Variables that are set here. */
  readonly variables: ReadonlyMap<string, string>;
  /** Files that are read and written; a text that is given stands under `<<`. */
  readonly files: ReadonlyArray<{ readonly sign: '<' | '>' | '<<'; readonly path: string }>;
  /** Programs whose output it reads. */
  readonly inputs: readonly Program[];
  /** Another program reads what it writes. */
  readonly isRead: boolean;
  /** What it writes becomes a part of this program's words, or of an assignment (`=`). */
  readonly within: string | undefined;
}

export interface ShellLine {
  readonly text: string;
  readonly programs: readonly Program[];
  /** Variables that the line sets somewhere. */
  readonly variables: ReadonlySet<string>;
}

/** Longest command that is looked at, in UTF-16 units, and most programs in it: what follows is left out. */
const LONGEST = 16_384;
const MOST_PROGRAMS = 200;

/** How deep texts for shells may stand in texts for shells, and substitutions in substitutions. */
const DEEPEST = 3;
const MOST_NESTED = 20;

/** Reads a command line as bash would, as far as it is readable. Total; linear in the length of the line. */
export function shellLine(text: string): ShellLine {
  const reader = new Reader();
  reader.script(text.slice(0, LONGEST), OUTSIDE);
  return { text, programs: reader.programs, variables: reader.variables };
}

interface Place {
  readonly inputs: readonly Program[];
  readonly isRead: boolean;
  readonly within: string | undefined;
  readonly depth: number;
  readonly nesting: number;
}

const OUTSIDE: Place = { inputs: [], isRead: false, within: undefined, depth: 0, nesting: 0 };

type Simple = Pick<Program, 'nameWord' | 'words' | 'variables' | 'files'>;

class Reader {
  readonly programs: Program[] = [];
  readonly variables = new Set<string>();

  script(text: string, place: Place): void {
    const script = tryToParse(text);
    if (script !== undefined) this.#children(script, place);
  }

  /** @returns the programs in a node, in their order. */
  #visit(node: SyntaxNode, place: Place): readonly Program[] {
    const from = this.programs.length;
    if (from >= MOST_PROGRAMS || place.nesting > MOST_NESTED) return [];
    switch (node.type) {
      case 'Pipeline':
        this.#pipeline(node.commands, place);
        break;
      case 'Command':
        this.#command(node, place);
        break;
      case 'Redirected': {
        this.#visit(node.command, place);
        this.#keep(
          {
            nameWord: undefined,
            words: [],
            variables: new Map(),
            files: node.redirects.flatMap(fileOf),
          },
          [],
          place,
        );
        break;
      }
      default:
        if (node.type === 'For' || node.type === 'Select') this.variables.add(node.name.value);
        this.#children(node, place);
    }
    return this.programs.slice(from);
  }

  #children(node: SyntaxNode, place: Place): void {
    forEachChild(node, (child) => void this.#visit(child, place));
  }

  #pipeline(nodes: readonly SyntaxNode[], place: Place): void {
    let inputs = place.inputs;
    for (const [index, node] of nodes.entries()) {
      const found = this.#visit(node, {
        ...place,
        inputs,
        isRead: place.isRead || index < nodes.length - 1,
      });
      inputs = [...inputs, ...found];
    }
  }

  #command(command: Command, place: Place): void {
    const name = command.name?.value ?? '=';
    const variables = new Map<string, string>();
    const wordOf = (
      node: SyntaxNode & { readonly text: string },
      value: string,
      within: string,
    ): Word => {
      const inner = {
        ...OUTSIDE,
        within: place.within ?? within,
        depth: place.depth,
        nesting: place.nesting + 1,
      };
      return { raw: node.text, value, programs: this.#visit(node, inner) };
    };
    for (const part of [...command.prefix, ...command.args]) {
      if (part.type !== 'Assignment') continue;
      variables.set(part.name, part.value.type === 'Word' ? part.value.value : '');
      if (command.prefix.includes(part)) wordOf(part, '', '=');
    }
    const nameWord =
      command.name === undefined ? undefined : wordOf(command.name, command.name.value, '');
    const words = command.args.map((arg) =>
      wordOf(arg, arg.type === 'Word' ? arg.value : arg.text.replace(/["']/g, ''), name),
    );
    for (const redirect of command.redirects)
      this.#visit(redirect, {
        ...OUTSIDE,
        within: '<',
        depth: place.depth,
        nesting: place.nesting + 1,
      });
    this.#unwrap({ nameWord, words, variables, files: command.redirects.flatMap(fileOf) }, place);
  }

  /** `sudo env A=1 xargs rm -f` is `rm -f`. */
  #unwrap(simple: Simple, place: Place): void {
    let words = simple.nameWord === undefined ? [] : [simple.nameWord, ...simple.words];
    const wrappers: string[] = [];
    const variables = new Map(simple.variables);
    for (;;) {
      const names = words.map(({ value }) => programName(value));
      const count = names[0] === 'xargs' ? behindXargs(names) : wrapperWords(names);
      if (count === 0) break;
      for (const word of words.slice(0, count)) {
        const [, variable, value = ''] = /^(\w+)=(.*)$/s.exec(word.value) ?? [];
        if (variable !== undefined) variables.set(variable, value);
      }
      wrappers.push(...names.slice(0, count).filter((name) => /^[a-z]+$/.test(name)));
      words = words.slice(count);
    }
    const [nameWord, ...rest] = words;
    this.#keep({ ...simple, nameWord, words: rest, variables }, wrappers, place);
  }

  #keep(simple: Simple, wrappers: readonly string[], place: Place): void {
    const { nameWord, words, variables } = simple;
    const name = programName(nameWord?.value ?? '');
    const args = words.map(({ value }) => value);
    for (const variable of variables.keys()) this.variables.add(variable);
    if (name === 'read') for (const arg of args) this.variables.add(arg);
    const { inputs, isRead, within } = place;
    this.programs.push({ ...simple, name, args, wrappers, inputs, isRead, within });
    if (place.depth >= DEEPEST) return;
    for (const text of shellTexts(name, args, simple.files))
      this.script(text, { ...place, depth: place.depth + 1 });
    for (const own of name === 'find' ? findCommands(words) : [])
      this.#unwrap(
        { nameWord: own[0], words: own.slice(1), variables: new Map(), files: [] },
        place,
      );
  }
}

function tryToParse(text: string): ParsedScript | undefined {
  try {
    return parse(text);
  } catch {
    return undefined; // the parser promises to take everything; a worker cannot rely on it
  }
}

/** `/usr/bin/git` is `git`; a program of the project keeps its path. */
function programName(word: string): string {
  return /^\/(?:usr\/|usr\/local\/|opt\/homebrew\/)?s?bin\/([^/]+)$/.exec(word)?.[1] ?? word;
}

function behindXargs(words: readonly string[]): number {
  let next = 1;
  while (words[next]?.startsWith('-')) next += /^-[IEdLnPsa]$/.test(words[next] ?? '') ? 2 : 1;
  return next < words.length ? next : 0;
}

const SHELLS = /^(?:ba|z|da|k|a|fi)?sh$/;

/** The texts among its words that a program runs as a shell would, here or on another machine. */
function shellTexts(
  name: string,
  args: readonly string[],
  files: Program['files'],
): readonly string[] {
  if (SHELLS.test(name) || name === 'su') {
    const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
    const given = files.flatMap(({ sign, path }) =>
      sign === '<<' && args.every((arg) => arg.startsWith('-')) ? path : [],
    );
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

/** What `find` runs for what it finds. */
function findCommands(words: readonly Word[]): ReadonlyArray<readonly Word[]> {
  return words.flatMap(({ value }, index) => {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(value)) return [];
    const rest = words.slice(index + 1);
    const end = rest.findIndex((word) => word.value === ';' || word.value === '+');
    return [rest.slice(0, end === -1 ? rest.length : end)];
  });
}

function fileOf(redirect: Redirection): Program['files'] {
  if (redirect.type === 'HereDoc') return [{ sign: '<<', path: redirect.body.text }];
  if (redirect.type === 'HereString') return [{ sign: '<<', path: redirect.target?.value ?? '' }];
  const path = redirect.target?.value ?? '';
  if (path === '' || /^(?:\d+|-)$/.test(path)) return [];
  return [
    { sign: redirect.operator.startsWith('<') && redirect.operator !== '<>' ? '<' : '>', path },
  ];
}
