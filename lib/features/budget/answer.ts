import { objectField, stringField } from '../../core/json.ts';
import { withOwnCommand } from '../../core/own-command.ts';
import type { HookCall } from '../../hook/hook-call.ts';
import { type HookOutput, mergeOutputs } from '../../hook/output.ts';
import { type BudgetVerdict, budgetVerdicts } from './decide.ts';

/**
 * UserPromptSubmit and PreToolUse: warns of a budget that is used up, asks before a call, or lets
 * neither prompts nor calls pass, as the user has set. Without a view it says nothing.
 */
export function answerBudget(call: HookCall): HookOutput | undefined {
  const verdicts = budgetVerdicts(call);
  return verdicts.length === 0
    ? undefined
    : mergeOutputs(verdicts.map((verdict) => outputOf(verdict, call.command())));
}

/** The worker has written the texts. */
function outputOf({ answer, verdict }: BudgetVerdict, command: string): HookOutput {
  const says = objectField(answer, 'says');
  const text = (name: string): string => withOwnCommand(stringField(says, name) ?? '', command);
  switch (verdict) {
    case 'warned':
      return { context: text('context'), message: text('message') };
    case 'asked':
      return { permission: { decision: 'ask', reason: text('asked') } };
    case 'denied':
      return { permission: { decision: 'deny', reason: text('denied') } };
    case 'blocked':
      return { block: text('blocked') };
  }
}
