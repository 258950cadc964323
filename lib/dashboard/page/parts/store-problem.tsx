import { useAnswer } from '../use-answer.ts';
import { ProblemNote } from './states.tsx';

/** What is wrong with the store, while it is; for a page whose own questions do not tell. */
export function StoreProblem() {
  const { problem } = useAnswer<object>('/api/store');
  return problem === undefined ? null : <ProblemNote problem={problem} />;
}
