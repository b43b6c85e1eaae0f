// Ends with code 0 when the gateway in this container answers, otherwise with 1 and the reason. The image has no curl.
import http from 'node:http';
import https from 'node:https';

const { HOST, PORT, TLS_CERT } = process.env;
const everywhere = [undefined, '', '0.0.0.0', '::'];

const request = (TLS_CERT ? https : http).get({
  host: everywhere.includes(HOST) ? '127.0.0.1' : HOST,
  port: PORT || 8000,
  path: '/api/health/live',
  timeout: 4_000,
  // The certificate is for the name that clients use, not for this IP address, and checking it is not the purpose here.
  rejectUnauthorized: false,
});
request.on('response', ({ statusCode }) => end(statusCode === 200 ? undefined : `answered ${statusCode}`));
request.on('timeout', () => end('no answer within 4 s'));
request.on('error', ({ message }) => end(message));

function end(problem) {
  if (problem) console.error(problem);
  process.exit(problem ? 1 : 0);
}
