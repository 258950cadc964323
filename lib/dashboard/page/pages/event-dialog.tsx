import { Runnable } from '../parts/runnable.tsx';
import type { EventAnswer } from '../../server/routes/events.ts';
import { sessionPath } from '../names.ts';
import { Ago } from '../parts/ago.tsx';
import { CopyButton } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Answered } from '../parts/states.tsx';
import { Foreign, ForeignBlock } from '../parts/text.tsx';
import { useAnswer } from '../use-answer.ts';

/** One event, whole. */
export function EventDialog({
  id,
  onClose,
}: {
  readonly id: string;
  readonly onClose: () => void;
}) {
  const asked = useAnswer<EventAnswer>(`/api/events/${encodeURIComponent(id)}`, 'once');
  return (
    <Dialog title="Event" onClose={onClose}>
      <Answered asked={asked}>{(answer) => <WholeEvent answer={answer} />}</Answered>
    </Dialog>
  );
}

function WholeEvent({ answer: { event, damages } }: { readonly answer: EventAnswer }) {
  const text = JSON.stringify(event, null, 2);
  const session = event.payload['session_id'];
  return (
    <>
      <dl class="facts">
        <dt>Type</dt>
        <dd>
          <Foreign text={event.event_type} />
        </dd>
        <dt>Id</dt>
        <dd>
          <code>
            <Foreign text={event.event_id} />
          </code>{' '}
          <CopyButton text={event.event_id} what="the id" />
        </dd>
        <dt>Time</dt>
        <dd>
          <Ago at={event.timestamp} />
        </dd>
        <dt>Source</dt>
        <dd>
          <Foreign text={event.source} />
        </dd>
        {typeof session === 'string' && (
          <>
            <dt>Session</dt>
            <dd>
              <a href={sessionPath(session)}>
                <Foreign text={session} />
              </a>
            </dd>
          </>
        )}
        {event.correlation_id !== undefined && (
          <>
            <dt>Correlation</dt>
            <dd>
              <a href={`/events?correlation=${encodeURIComponent(event.correlation_id)}`}>
                <Foreign text={event.correlation_id} />
              </a>
            </dd>
          </>
        )}
      </dl>
      {damages.length > 0 && (
        <p class="note warn">Some files of the archive cannot be read; they were left out.</p>
      )}
      <ForeignBlock text={text} className="output" />
      <p class="muted">
        What led to it, and what followed: <Runnable text={`\`waymark trace ${event.event_id}\``} />
      </p>
    </>
  );
}
