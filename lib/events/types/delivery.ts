import { objects, open, text } from './fields.ts';
import { eventType } from './event-type.ts';

const decided = open({
  deliveries: objects(
    { event_id: text('The event.'), subscription: text('Who should have got it.') },
    'Which deliveries.',
  ),
});
const example = {
  deliveries: [{ event_id: 'evt_20261122_044832_3f9c1a7b20de0001', subscription: 'user/notify' }],
};

/** Types about deliveries: decisions about dead ones, and test deliveries of webhooks. */
export const DELIVERY_TYPES = {
  'delivery.retried': eventType({
    doc: 'Dead deliveries are retried.',
    madeBy: [['cli', '`waymark dead retry`']],
    payload: decided,
    example,
  }),
  'delivery.discarded': eventType({
    doc: 'Dead deliveries are discarded.',
    madeBy: [['cli', '`waymark dead discard`']],
    payload: decided,
    example,
  }),
  'webhook.tested': eventType({
    doc: 'A webhook is tried out; it is sent, never stored.',
    madeBy: [['cli', '`waymark webhooks test`']],
    payload: open({ name: text('Which webhook.') }),
    example: { name: 'ci' },
  }),
};
