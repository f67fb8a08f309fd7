// A receiver of webhooks for tests. Prints "listening on 127.0.0.1:PORT" to standard error and serves until it is ended.
// Each call is appended to the log as a line of JSON before it is answered:
//   {path, at, id, timestamp, verified: [by each secret], fresh, status, body, headers}
// `verified` is what the library that Standard Webhooks publishes says; `fresh`: its time is within five minutes of now.
// `status` is what is answered; 0: nothing.
//
// usage: node webhook_receiver.mjs --log FILE [--secret S]... [--fail-rate 0.3 --seed 1] [--cert FILE --key FILE]
//
// The path steers the answer:
//   /ok                200; with --fail-rate sometimes 503, 429, no answer after it was taken, or a broken connection
//   /fail?first=N      503 the first N times for one webhook-id, then 200
//   /status/NNN        that; ?body= what it says, ?retry-after= the header, ?location= another
//   /hang              never an answer
//   /cut               the connection is broken in the middle of the answer's head
//   /big               an endless body
//   /slow-body         200 at once, and a body that takes forever
//   /garbage           no HTTP
// ?secret= verifies by that one instead.
import { openSync, readFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';
import { Webhook } from 'standardwebhooks';

const { values: options } = parseArgs({
  options: {
    log: { type: 'string' },
    secret: { type: 'string', multiple: true, default: [] },
    'fail-rate': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    cert: { type: 'string' },
    key: { type: 'string' },
  },
});
const log = openSync(options.log, 'a');
const failRate = Number(options['fail-rate']);

// mulberry32: the same seed gives the same failures for the same calls.
let state = Number(options.seed) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** The library looks at the clock; whether a signature is right and whether it is fresh are two questions here. */
function verify(secret, body, headers) {
  const now = Date.now;
  Date.now = () => Number(headers['webhook-timestamp']) * 1000;
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  } finally {
    Date.now = now;
  }
}

const failures = new Map();

/** What is answered; a name instead of a status is done by hand. */
function decide(url, id) {
  if (url.pathname === '/ok') {
    if (random() >= failRate) return 200;
    return [503, 429, 'silent', 'cut'][Math.floor(random() * 4)];
  }
  if (url.pathname === '/fail') {
    const before = failures.get(id) ?? 0;
    failures.set(id, before + 1);
    return before < Number(url.searchParams.get('first') ?? 1) ? 503 : 200;
  }
  if (url.pathname.startsWith('/status/')) return Number(url.pathname.slice(8));
  const byHand = { '/hang': 'silent', '/cut': 'cut', '/big': 'big', '/slow-body': 'slow', '/garbage': 'garbage' };
  return byHand[url.pathname] ?? 404;
}

function answer(decided, url, response) {
  const socket = response.socket;
  switch (decided) {
    case 'silent':
      // With failures at random nobody is to wait for long; a hanging receiver hangs.
      if (failRate > 0) socket.destroy();
      return;
    case 'cut':
      socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.destroy());
      return;
    case 'garbage':
      socket.end('\u0000\u0001 hello\r\n\r\n');
      return;
    case 'slow':
      response.writeHead(200);
      response.write('{"taken":');
      return;
    case 'big': {
      response.writeHead(200);
      const chunk = 'a'.repeat(65536);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
      return;
    }
    default: {
      const headers = {};
      if (url.searchParams.has('retry-after')) headers['retry-after'] = url.searchParams.get('retry-after');
      if (url.searchParams.has('location')) headers.location = url.searchParams.get('location');
      response.writeHead(decided, headers);
      response.end(Buffer.from(url.searchParams.get('body') ?? '', 'latin1'));
    }
  }
}

function serve(request, response) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const url = new URL(request.url, 'http://receiver');
    const body = Buffer.concat(parts).toString('utf8');
    const id = request.headers['webhook-id'];
    const timestamp = Number(request.headers['webhook-timestamp']);
    const secrets = url.searchParams.has('secret') ? [url.searchParams.get('secret')] : options.secret;
    const decided = decide(url, id);
    const taken = {
      path: url.pathname,
      at: Date.now() / 1000,
      id,
      timestamp,
      verified: secrets.map((secret) => verify(secret, body, request.headers)),
      fresh: Math.abs(Date.now() / 1000 - timestamp) < 300,
      status: typeof decided === 'number' ? decided : ['big', 'slow'].includes(decided) ? 200 : 0,
      body,
      headers: request.headers,
    };
    writeSync(log, `${JSON.stringify(taken)}\n`);
    answer(decided, url, response);
  });
}

const server = options.cert
  ? https.createServer({ cert: readFileSync(options.cert), key: readFileSync(options.key) }, serve)
  : http.createServer(serve);
server.keepAliveTimeout = 60_000;
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', 1024, () => process.stderr.write(`listening on 127.0.0.1:${server.address().port}\n`));
