import type {
  AndOr,
  Command,
  CommandNode,
  CompoundList,
  ParsedScript,
  Pipeline,
  PipelineNode,
  Redirection,
  Statement,
} from 'unbash';
import { parse } from 'unbash';
import { mask, PLACE } from './generalise.ts';
import { type NamedCommand, namedCommand } from './named-command.ts';
import { type ShellWord, shellWord, wordText } from './shell-word.ts';

/** Longest part of a command that is looked at; what tool targets hold is shorter. */
const PARSED_LIMIT = 2_000;

/** One program with its words, wherever it stands in a command line. */
export interface SimpleCommand {
  readonly words: readonly ShellWord[];
  /** `NAME=value` before the program, as they stand. */
  readonly environment: readonly string[];
  /** Redirections to files, as they stand and (masked) generalised. */
  readonly files: readonly ShellWord[];
  /** It reads what another program writes. */
  readonly isPiped: boolean;
  /** The success of the whole line says that this command succeeded too. */
  readonly isProven: boolean;
  /** `cd` commands that ran before it, as they stand. */
  readonly folders: readonly string[];
}

export interface ParsedCommands {
  /** The whole line, generalised (masked). */
  readonly text: string;
  readonly commands: readonly NamedCommand[];
}

/** Reads a command line as bash would. Total: what is no shell is taken as words between white space. Linear in the length of the line. */
export function parseCommands(line: string): ParsedCommands {
  const source = mask(line.slice(0, PARSED_LIMIT)).trim();
  const { found, isBroken } = walked(source);
  const isReadable =
    found.text !== '' && (!isBroken || walked(found.text).found.text === found.text);
  return isReadable
    ? found
    : { ...asWords(source), ...(found.commands.length > 1 ? { commands: found.commands } : {}) };
}

function walked(source: string): { readonly found: ParsedCommands; readonly isBroken: boolean } {
  const script = tryToParse(source);
  const walk = new Walk();
  const text =
    script === undefined
      ? ''
      : walk.statements(script.commands, { isPiped: false, isProven: true });
  return { found: { text, commands: walk.commands }, isBroken: (script?.errors ?? []).length > 0 };
}

function tryToParse(source: string): ParsedScript | undefined {
  try {
    return parse(source);
  } catch {
    return undefined; // the parser promises to take everything; a hook cannot rely on it
  }
}

function asWords(source: string): ParsedCommands {
  const all = source.split(/\s+/).filter((word) => word !== '');
  const from = all.findIndex((word) => !/^\w+\+?=/.test(word));
  const [environment, raws] = from === -1 ? [all, []] : [all.slice(0, from), all.slice(from)];
  const words = raws.map((raw) => ({ raw, text: wordText(raw) }));
  const command = namedCommand({
    words,
    environment,
    files: [],
    isPiped: false,
    isProven: true,
    folders: [],
  });
  return { text: simpleText(command), commands: words.length === 0 ? [] : [command] };
}

interface Standing {
  readonly isPiped: boolean;
  readonly isProven: boolean;
}

/** Writes a parsed line out again, generalised, and collects its simple commands on the way. */
class Walk {
  readonly commands: NamedCommand[] = [];
  #folders: readonly string[] = [];

  statements(statements: readonly Statement[], standing: Standing): string {
    const last = statements.length - 1;
    return statements
      .map(({ command, background }, index) => {
        const isProven = standing.isProven && index === last && background !== true;
        return (
          this.#any(command, { ...standing, isProven }) +
          (background === true ? ' &' : index === last ? '' : ';')
        );
      })
      .join(' ');
  }

  #any(node: PipelineNode | AndOr, standing: Standing): string {
    switch (node.type) {
      case 'AndOr':
        return this.#andOr(node, standing);
      case 'Pipeline':
        return this.#pipeline(node, standing);
      default:
        return this.#command(node, standing);
    }
  }

  #andOr({ commands, operators }: AndOr, standing: Standing): string {
    const isProven = standing.isProven && !operators.includes('||');
    return commands
      .map(
        (node, index) =>
          `${index === 0 ? '' : ` ${operators[index - 1] ?? '&&'} `}${this.#any(node, { ...standing, isProven })}`,
      )
      .join('');
  }

  #pipeline({ commands, prefixes }: Pipeline, standing: Standing): string {
    const isNegated = prefixes.some(({ type }) => type === 'Negation');
    const parts = commands.map((node, index) => {
      const isProven = standing.isProven && !isNegated && index === commands.length - 1;
      return this.#command(node, { isPiped: standing.isPiped || index > 0, isProven });
    });
    return (isNegated ? '! ' : '') + (parts.join(' | ') || ':');
  }

  #command(node: CommandNode, standing: Standing): string {
    switch (node.type) {
      case 'Command':
        return this.#simple(node, standing);
      case 'Redirected': {
        const inner = this.#command(node.command, standing);
        return [inner, ...node.redirects.flatMap(fileWord).map(({ text }) => text)].join(' ');
      }
      case 'Subshell': {
        const before = this.#folders;
        const inner = this.#list(node.body, standing);
        this.#folders = before;
        return `( ${inner} )`;
      }
      case 'BraceGroup':
        return `{ ${this.#closed(node.body, standing)} }`;
      case 'TestCommand':
        return `[[ ${PLACE.text} ]]`;
      case 'ArithmeticCommand':
        return '(( 1 ))';
      default:
        return this.#compound(node);
    }
  }

  /** Whether the body of a condition or loop ran, its success does not say. */
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
  ): string {
    const standing = { isPiped: false, isProven: false };
    const closed = (body: CompoundList): string => this.#closed(body, standing);
    switch (node.type) {
      case 'If': {
        const others = node.elif
          .map(({ clause, then }) => `elif ${closed(clause)} then ${closed(then)} `)
          .join('');
        return `if ${closed(node.clause)} then ${closed(node.then)} ${others}${node.else === undefined ? '' : `else ${closed(node.else)} `}fi`;
      }
      case 'While':
        return `${node.kind} ${closed(node.clause)} do ${closed(node.body)} done`;
      case 'For':
      case 'Select':
      case 'ArithmeticFor':
        return `for x in ${PLACE.text}; do ${closed(node.body)} done`;
      case 'Case':
        return `case ${PLACE.text} in ${node.items.map(({ body }) => `${PLACE.text}) ${closed(body)} ;;`).join(' ')} esac`;
      case 'Function':
        return `f() { ${node.body.type === 'CompoundList' ? closed(node.body) : `${this.#command(node.body, standing)};`} }`;
      default:
        return `coproc ${node.body.type === 'CompoundList' ? `{ ${closed(node.body)} }` : this.#command(node.body, standing)}`;
    }
  }

  #list({ commands }: CompoundList, standing: Standing): string {
    return this.statements(commands, standing);
  }

  #closed(body: CompoundList, standing: Standing): string {
    const text = this.#list(body, standing);
    return text === '' ? ':;' : text.endsWith('&') ? text : `${text};`;
  }

  #simple(command: Command, standing: Standing): string {
    const words = [...(command.name === undefined ? [] : [command.name]), ...command.args].map(
      shellWord,
    );
    const environment = command.prefix.flatMap((part) =>
      part.type === 'Assignment' ? part.text : [],
    );
    const files = command.redirects.flatMap(fileWord);
    const found = namedCommand({ words, environment, files, ...standing, folders: this.#folders });
    this.commands.push(found);
    if (words[0]?.raw === 'cd' || words[0]?.raw === 'pushd')
      this.#folders = [...this.#folders, words.map(({ raw }) => raw).join(' ')];
    return simpleText(found);
  }
}

/** Without the variables before a program; where there is no program they are what there is. */
function simpleText({ shown, environment, files }: NamedCommand): string {
  return (
    [
      ...(shown.length > 0 ? shown : environment.map(wordText)),
      ...files.map(({ text }) => text),
    ].join(' ') || ':'
  );
}

/** Which descriptor goes where hardly matters, nor what is thrown away; which kind of file is read or written does. */
function fileWord(redirect: Redirection): readonly ShellWord[] {
  if (redirect.type !== 'Redirect') {
    const given = redirect.type === 'HereDoc' ? redirect.body.text : (redirect.target?.text ?? '');
    return [{ raw: `${redirect.operator}${given}`, text: `<<< ${PLACE.text}` }];
  }
  const target = redirect.target?.text ?? '';
  if (target === '' || target === '/dev/null' || redirect.operator.endsWith('&')) return [];
  const sign = redirect.operator.startsWith('<') ? '<' : '>';
  return [{ raw: `${redirect.operator}${target}`, text: `${sign} ${PLACE.path}` }];
}
