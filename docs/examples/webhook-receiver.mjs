// Receives webhooks of waymark, without packages: WAYMARK_WEBHOOK_SECRET=whsec_… PORT=8080 node
// webhook-receiver.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const KEY = Buffer.from(
  (process.env.WAYMARK_WEBHOOK_SECRET ?? '').replace(/^whsec_/, ''),
  'base64',
);
if (KEY.length < 24)
  throw new Error(
    'Cannot start: WAYMARK_WEBHOOK_SECRET is missing. `waymark webhooks add` prints it once.',
  );

const MAX_AGE_SECONDS = 300;
const MAX_BYTES = 1024 * 1024;

/**
 * Ids that were received. Delivery is at least once; keep them in a database if a restart must not
 * forget them.
 */
const seen = new Set();

/** Checks the bytes that came, before they are parsed. */
function isOurs(headers, body) {
  const [id, time, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
    String(headers[`webhook-${name}`] ?? ''),
  );
  if (!(Math.abs(Date.now() / 1000 - Number(time)) < MAX_AGE_SECONDS)) return false;
  const expected = Buffer.from(
    `v1,${createHmac('sha256', KEY).update(`${id}.${time}.`).update(body).digest('base64')}`,
  );
  return signatures.split(' ').some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

async function readBody(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MAX_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const server = createServer(async (request, response) => {
  const body = await readBody(request);
  if (body === undefined) return response.writeHead(413).end();
  if (request.method !== 'POST' || !isOurs(request.headers, body))
    return response.writeHead(401).end();
  response.writeHead(204).end(); // answer first: waymark waits 15 seconds
  const id = request.headers['webhook-id'];
  if (seen.has(id)) return;
  seen.add(id);
  const event = JSON.parse(body.toString());
  console.log(event.type, event.subject ?? '', JSON.stringify(event.data));
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () =>
  console.log(`listening on ${server.address().port}`),
);
