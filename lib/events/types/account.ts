import { eventType } from './event-type.ts';
import { count, required, number, objects, open, text } from './fields.ts';

/** Types about the account of the client: figures only. */
export const ACCOUNT_TYPES = {
  'account.budget_changed': eventType({
    doc: 'The user set a budget, or removed it.',
    madeBy: [['cli', '`waymark budget`']],
    payload: open({
      budget: required.text('`day`, `session` or `agents`.'),
      dollars: number('The budget at list prices; absent when it was removed.'),
      action: text('`warn`, `ask` or `deny`; absent when it was removed.'),
    }),
    example: { budget: 'day', dollars: 20, action: 'ask' },
  }),
  'account.budget_crossed': eventType({
    doc: 'A budget is used up: once for each day or session, and amount.',
    madeBy: [['worker', 'answers in transcripts']],
    payload: open({
      budget: required.text('`day`, `session` or `agents`.'),
      dollars: number('The budget.'),
      spent: number('What was spent, in dollars at list prices.'),
      action: text('`warn`, `ask` or `deny`.'),
      session_id: text('The session; absent for a day.'),
      message: text('The same for people.'),
    }),
    example: {
      ...{ budget: 'day', dollars: 20, spent: 20.4, action: 'ask' },
      message: 'The budget for today is used up: $20.40 of $20.00',
    },
  }),
  'account.limits_seen': eventType({
    doc: 'The status line shows how much of a subscription window is used, and it changed.',
    madeBy: [['hook/statusline', 'the input of the status line']],
    payload: open({
      session_id: text('The session in which it was shown.'),
      config_folder: required.text(
        'The config folder of the client: each may have its own account.',
      ),
      limits: objects(
        {
          name: text('`five_hour` or `seven_day`, as the client calls the window.'),
          used: number('Percent that is used, whole.'),
          resets_at: count('When the window resets, milliseconds since the epoch.'),
        },
        'Windows that the client names.',
      ),
    }),
    example: {
      session_id: 'dd5e0f5c-6f0e-4b8e-9f0a-3f2f6f1f7f55',
      config_folder: '/home/you/.claude',
      limits: [{ name: 'five_hour', used: 42, resets_at: 1_795_350_000_000 }],
    },
  }),
};
