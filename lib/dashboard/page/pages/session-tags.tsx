import { useState } from 'preact/hooks';
import type { Problem } from '../../server/answer.ts';
import { change, toProblem } from '../api.ts';
import { ProblemNote } from '../parts/states.tsx';
import { Foreign } from '../parts/text.tsx';

/** The tags of a session, to add and to take off. */
export function Tags({
  session,
  tags,
  onChange,
}: {
  readonly session: string;
  readonly tags: readonly string[];
  readonly onChange: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const send = async (body: {
    readonly add?: readonly string[];
    readonly remove?: readonly string[];
  }) => {
    try {
      await change(`/api/sessions/${encodeURIComponent(session)}/tags`, body);
      setProblem(undefined);
      setTyped('');
      onChange();
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  return (
    <>
      <form
        class="tags"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '') void send({ add: [typed.trim()] });
        }}
      >
        {tags.map((tag) => (
          <span key={tag} class="tag">
            #<Foreign text={tag} />
            <button
              type="button"
              class="quiet"
              aria-label={`Remove the tag ${tag}`}
              onClick={() => void send({ remove: [tag] })}
            >
              ✕
            </button>
          </span>
        ))}
        <input
          aria-label="New tag"
          placeholder="Add a tag"
          value={typed}
          maxLength={64}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </form>
      {problem !== undefined && <ProblemNote problem={problem} />}
    </>
  );
}
