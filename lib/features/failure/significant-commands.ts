import type { NamedCommand } from '../../shell/general-form.ts';

/** They prepare or tell; a line with other commands in it is not about them. */
const SETUP =
  /^(?:cd|pushd|popd|export|unset|set|shopt|echo|printf|true|false|:|sleep|wait|pwd|source|\.|umask|trap|exit|return|shift|local|readonly|declare|read|clear)$/;

/** They only look at what another program wrote. */
const FILTER =
  /^(?:head|tail|grep|egrep|fgrep|rg|cat|wc|sort|uniq|tee|less|more|jq|sed|awk|tr|cut|column|nl|rev|fold|fmt|xxd|tac)$/;

/** Those commands that a line is about. A line of nothing but setting up has none. */
export function significantCommands(commands: readonly NamedCommand[]): readonly NamedCommand[] {
  if (commands.length === 1) return commands.filter(({ shown }) => shown.length > 0);
  return commands.filter(
    ({ program, isPiped }) =>
      program !== '' && !SETUP.test(program) && !(isPiped && FILTER.test(program)),
  );
}
