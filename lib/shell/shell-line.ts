import {
  type AndOr,
  type Command,
  type CommandNode,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  parse,
  type Statement,
  type SyntaxNode,
} from 'unbash';
import { PLACEHOLDER } from './generalise.ts';
import { generaliseFiles, fileOf, type Piece, type Program, type Word } from './program.ts';
import { findCommands, programName, shellTexts, findWrappers } from './wrappers.ts';

export interface ShellLine {
  readonly text: string;
  /** The line in order, without the content of substitutions and of texts for shells. */
  readonly pieces: readonly Piece[];
  /** All programs, including those in substitutions and in texts for shells. */
  readonly programs: readonly Program[];
  /** Variables that the line sets anywhere. */
  readonly variables: ReadonlySet<string>;
  /** The parser had to guess. */
  readonly isBroken: boolean;
}

/** Longest command to parse, in UTF-16 units, and most programs in it. The rest is left out. */
const LONGEST = 16_384;
const MAX_PROGRAMS = 200;

/** Deepest nesting of texts for shells, and of substitutions. */
const DEEPEST = 3;
const MAX_NESTED = 20;

/**
 * Parses a command line as bash would, as far as it can be read. Accepts any text. Linear in the
 * length of the line.
 */
export function shellLine(text: string): ShellLine {
  const script = tryToParse(text.slice(0, LONGEST));
  const reader = new Reader();
  const pieces = script === undefined ? [] : reader.statements(script.commands, OUTSIDE);
  const { programs, variables } = reader;
  return { text, pieces, programs, variables, isBroken: (script?.errors ?? []).length > 0 };
}

function tryToParse(text: string): ParsedScript | undefined {
  try {
    return parse(text);
  } catch {
    // The parser promises to accept everything, but neither a hook nor a worker can rely on that.
    return undefined;
  }
}

/** A text without one of these contains no substitution and need not be parsed. */
const MAY_RUN = /\$\(|`|[<>]\(/;

interface Place {
  readonly inputs: readonly Program[];
  readonly isPiped: boolean;
  readonly isRead: boolean;
  readonly isProven: boolean;
  readonly within: string | undefined;
  readonly depth: number;
  readonly nesting: number;
}

const OUTSIDE: Place = {
  inputs: [],
  isPiped: false,
  isRead: false,
  isProven: true,
  within: undefined,
  depth: 0,
  nesting: 0,
};

type Simple = Pick<
  Program,
  'nameWord' | 'words' | 'typed' | 'environment' | 'variables' | 'files' | 'setup'
>;

/** Writes a parsed line in pieces and collects its programs. */
class Reader {
  readonly programs: Program[] = [];
  readonly variables = new Set<string>();
  #setup: readonly string[] = [];

  statements(statements: readonly Statement[], place: Place): readonly Piece[] {
    const last = statements.length - 1;
    const [only] = statements;
    if (only !== undefined && last === 0 && only.background !== true)
      return this.#node(only.command, place);
    return statements.flatMap(({ command, background }, index) => {
      const isProven = place.isProven && index === last && background !== true;
      const pieces = this.#node(command, proven(place, isProven));
      const end = background === true ? [' &'] : index === last ? [] : [';'];
      return [...(index === 0 ? [] : [' ']), ...pieces, ...end];
    });
  }

  #node(node: PipelineNode | AndOr, place: Place): readonly Piece[] {
    if (this.programs.length >= MAX_PROGRAMS || place.nesting > MAX_NESTED) return [];
    if (node.type === 'AndOr') return this.#andOr(node, place);
    return node.type === 'Pipeline' ? this.#pipeline(node, place) : this.#single(node, place);
  }

  #andOr({ commands, operators }: AndOr, place: Place): readonly Piece[] {
    const inner = proven(place, place.isProven && !operators.includes('||'));
    return commands.flatMap((node, index) => [
      ...(index === 0 ? [] : [` ${operators[index - 1] ?? '&&'} `]),
      ...this.#node(node, inner),
    ]);
  }

  #pipeline({ commands, prefixes }: Pipeline, place: Place): readonly Piece[] {
    const isNegated = prefixes.some(({ type }) => type === 'Negation');
    const last = commands.length - 1;
    let inputs = place.inputs;
    const pieces = commands.flatMap((node, index) => {
      const from = this.programs.length;
      const isProven = place.isProven && !isNegated && index === last;
      const isRead = place.isRead || index < last;
      const isPiped = place.isPiped || index > 0;
      const piece = this.#node(node, { ...place, inputs, isRead, isPiped, isProven });
      inputs = [...inputs, ...this.programs.slice(from)];
      return [...(index === 0 ? [] : [' | ']), ...piece];
    });
    return [...(isNegated ? ['! '] : []), ...(pieces.length > 0 ? pieces : [':'])];
  }

  #single(node: CommandNode, place: Place): readonly Piece[] {
    switch (node.type) {
      case 'Command':
        return [this.#command(node, place)];
      case 'Redirected': {
        const inner = this.#node(node.command, place);
        const files = node.redirects.flatMap(fileOf);
        this.#keep({ ...NOTHING, files, setup: this.#setup }, [], place);
        return [...inner, ...generaliseFiles(files).map((form) => ` ${form}`)];
      }
      case 'Subshell': {
        const before = this.#setup;
        const inner = this.statements(node.body.commands, place);
        this.#setup = before;
        return ['( ', ...inner, ' )'];
      }
      case 'BraceGroup':
        return ['{ ', ...this.#closed(node.body, place), ' }'];
      case 'TestCommand':
        this.#around(node, place);
        return [`[[ ${PLACEHOLDER.text} ]]`];
      case 'ArithmeticCommand':
        this.#around(node, place);
        return ['(( 1 ))'];
      default:
        return this.#compound(node, { ...place, isPiped: false, isProven: false });
    }
  }

  /** Writes a condition or a loop. Its success does not say whether its body ran. */
  #compound(
    node: Exclude<
      CommandNode,
      {
        type:
          | 'Command'
          | 'Redirected'
          | 'Subshell'
          | 'BraceGroup'
          | 'TestCommand'
          | 'ArithmeticCommand';
      }
    >,
    place: Place,
  ): readonly Piece[] {
    const closed = (body: CompoundList): readonly Piece[] => this.#closed(body, place);
    if (node.type !== 'Function' && node.type !== 'Coproc') this.#around(node, place);
    switch (node.type) {
      case 'If':
        return [
          ...['if ', ...closed(node.clause), ' then ', ...closed(node.then), ' '],
          ...node.elif.flatMap(({ clause, then }) => [
            ...['elif ', ...closed(clause), ' then ', ...closed(then), ' '],
          ]),
          ...(node.else === undefined ? [] : ['else ', ...closed(node.else), ' ']),
          'fi',
        ];
      case 'While':
        return [`${node.kind} `, ...closed(node.clause), ' do ', ...closed(node.body), ' done'];
      case 'For':
      case 'Select':
        this.variables.add(node.name.value);
        return [`for x in ${PLACEHOLDER.text}; do `, ...closed(node.body), ' done'];
      case 'ArithmeticFor':
        return [`for x in ${PLACEHOLDER.text}; do `, ...closed(node.body), ' done'];
      case 'Case':
        return [
          `case ${PLACEHOLDER.text} in `,
          ...node.items.flatMap(({ body }, index) => [
            ...[`${index === 0 ? '' : ' '}${PLACEHOLDER.text}) `, ...closed(body), ' ;;'],
          ]),
          ' esac',
        ];
      case 'Function':
        return node.body.type === 'CompoundList'
          ? ['f() { ', ...closed(node.body), ' }']
          : ['f() { ', ...this.#node(node.body, place), '; }'];
      default:
        return node.body.type === 'CompoundList'
          ? ['coproc { ', ...closed(node.body), ' }']
          : ['coproc ', ...this.#node(node.body, place)];
    }
  }

  #closed(body: CompoundList, place: Place): readonly Piece[] {
    const pieces = this.statements(body.commands, place);
    if (pieces.length === 0) return [':;'];
    return pieces.at(-1) === ' &' ? pieces : [...pieces, ';'];
  }

  /** Collects the substitutions in the words of a condition or loop. */
  #around(node: SyntaxNode, place: Place): void {
    forEachChild(node, (child) => {
      if (child.type === 'CaseItem') for (const word of child.pattern) this.#inside(word, place);
      else if (child.type !== 'CompoundList' && child.type !== 'Elif') this.#inside(child, place);
    });
  }

  /** @returns the programs in a word, in order. */
  #inside(node: SyntaxNode, place: Place): readonly Program[] {
    const from = this.programs.length;
    if (from >= MAX_PROGRAMS || place.nesting > MAX_NESTED) return [];
    if (node.type === 'Script') {
      const before = this.#setup;
      this.statements(node.commands, { ...place, isPiped: false, isProven: false });
      this.#setup = before;
    } else forEachChild(node, (child) => void this.#inside(child, place));
    return this.programs.slice(from);
  }

  #command(command: Command, place: Place): Program {
    const name = command.name?.value ?? '=';
    const variables = new Map<string, string>();
    const wordOf = (
      node: SyntaxNode & { readonly text: string },
      value: string,
      within: string,
    ): Word => {
      const programs = MAY_RUN.test(node.text)
        ? this.#inside(node, innerPlace(place, place.within ?? within))
        : [];
      return { raw: node.text, value, programs };
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
    const files = command.redirects.flatMap(fileOf);
    if (files.some(({ raw }) => MAY_RUN.test(raw)))
      for (const redirect of command.redirects) this.#inside(redirect, innerPlace(place, '<'));
    const typed = [...(nameWord === undefined ? [] : [nameWord]), ...words].map(({ raw }) => raw);
    const environment = command.prefix.flatMap((part) =>
      part.type === 'Assignment' ? part.text : [],
    );
    const setup = this.#setup;
    if (PREPARES.test(typed[0] ?? '')) this.#setup = [...setup, typed.join(' ')];
    return this.#unwrap({ nameWord, words, typed, environment, variables, files, setup }, place);
  }

  /** Removes wrappers: `sudo env A=1 xargs rm -f` is `rm -f`. */
  #unwrap(simple: Simple, place: Place): Program {
    const words = simple.nameWord === undefined ? [] : [simple.nameWord, ...simple.words];
    const values = words.map(({ value }) => value);
    const { names, count, meaningful } = findWrappers(values);
    const { typed } = simple;
    const meant =
      meaningful.length === count
        ? typed
        : [...meaningful.flatMap((place) => typed[place] ?? []), ...typed.slice(count)];
    const variables = new Map(simple.variables);
    for (const value of values.slice(0, count)) {
      const [, variable, content = ''] = /^(\w+)=(.*)$/s.exec(value) ?? [];
      if (variable !== undefined) variables.set(variable, content);
    }
    const [nameWord, ...rest] = words.slice(count);
    return this.#keep({ ...simple, nameWord, words: rest, typed: meant, variables }, names, place);
  }

  #keep(simple: Simple, wrappers: readonly string[], place: Place): Program {
    const { nameWord, words, typed, environment, variables, files, setup } = simple;
    const { inputs, isPiped, isRead, isProven, within } = place;
    const name = programName(nameWord?.value ?? '');
    const args = words.map(({ value }) => value);
    for (const variable of variables.keys()) this.variables.add(variable);
    if (name === 'read') for (const arg of args) this.variables.add(arg);
    // One literal: building the object from spreads takes several times as long.
    const program = {
      name,
      nameWord,
      words,
      args,
      wrappers,
      typed,
      environment,
      variables,
      files,
      inputs,
      isPiped,
      isRead,
      isProven,
      within,
      setup,
    };
    this.programs.push(program);
    if (place.depth < DEEPEST) this.#follow(program, place);
    return program;
  }

  /** Collects the programs that a program runs and that its words name. */
  #follow({ name, args, words, files, setup }: Program, place: Place): void {
    const given = files.flatMap(({ sign, path }) => (sign === '<<' ? path : []));
    for (const text of shellTexts(name, args, given)) {
      const script = tryToParse(text);
      if (script !== undefined) this.#inside(script, { ...place, depth: place.depth + 1 });
    }
    for (const [from, to] of name === 'find' ? findCommands(args) : []) {
      const [nameWord, ...rest] = words.slice(from, to);
      this.#unwrap({ ...NOTHING, nameWord, words: rest, setup }, place);
    }
  }
}

/** Commands that decide where later commands run, and with which variables and functions. */
const PREPARES = /^(?:cd|pushd|source|\.|export)$/;

const NOTHING: Simple = {
  nameWord: undefined,
  words: [],
  typed: [],
  environment: [],
  variables: new Map(),
  files: [],
  setup: [],
};

function proven(place: Place, isProven: boolean): Place {
  return place.isProven === isProven ? place : { ...place, isProven };
}

/** Returns the place inside a substitution, whose output becomes a part of `within`. */
function innerPlace({ depth, nesting }: Place, within: string): Place {
  return { ...OUTSIDE, isProven: false, within, depth, nesting: nesting + 1 };
}
