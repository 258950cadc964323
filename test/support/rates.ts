export interface Answered {
  readonly wanted: boolean;
  readonly given: boolean;
}

/**
 * Precision: of what was given, how much was wanted; recall: of what was wanted, how much was
 * given. Of nothing, 1.
 */
export function rates(answers: readonly Answered[]): {
  readonly precision: number;
  readonly recall: number;
} {
  const right = answers.filter(({ wanted, given }) => wanted && given).length;
  const share = (of: number): number => (of === 0 ? 1 : right / of);
  return {
    precision: share(answers.filter(({ given }) => given).length),
    recall: share(answers.filter(({ wanted }) => wanted).length),
  };
}
