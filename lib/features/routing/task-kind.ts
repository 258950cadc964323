/** What a task is about, judged by its words. */
export type TaskKind = 'test' | 'review' | 'search' | 'fix' | 'docs' | 'write' | 'other';

/** In the order in which they are asked: a review of tests is a review, a test that is fixed a fix, docs that are written docs. */
const KINDS: ReadonlyArray<readonly [TaskKind, RegExp]> = [
  ['review', /^(?:review|audit|critique|assess|verify|double-?check|inspect)/],
  ['fix', /^(?:fix|debug|repair|resolve|mend|correct|patch|troubleshoot|diagnos|broken|bug)/],
  [
    'docs',
    /^(?:docs?|documents?|documented|documenting|documentation|readme|changelog|docstrings?|comments?)$/,
  ],
  ['test', /^(?:tests?|testing|tested|specs?|coverage|e2e|vitest|jest|pytest|benchmarks?)$/],
  [
    'search',
    /^(?:search|find|look|locate|explor|investigat|research|where|grep|map|trace|analy[sz]|understand|summari[sz]|list|read|check|study)/,
  ],
  [
    'write',
    /^(?:writ|implement|add|create|build|refactor|generat|make|rewrit|migrat|port|extend|convert|renam|mov|set|updat|chang|edit|remov|delet|develop|code)/,
  ],
];

/** The kind of task that a description names; the first kind of which a word is in it. */
export function taskKind(description: string): TaskKind {
  const words = description
    .toLowerCase()
    .slice(0, 300)
    .split(/[^a-z0-9-]+/);
  return KINDS.find(([, word]) => words.some((one) => word.test(one)))?.[0] ?? 'other';
}
