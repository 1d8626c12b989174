// `oauth2-mock-server`, whose answers from the token endpoint are changed on the way out.
//
//   node oauth2-mock-server.mjs '{"module": "…", "port": 8080, "answers": [{"status": 400, "set": {…}, "remove": […]}, …]}'
//
// Each answer is used once, the last one for ever. Every token request is a line of JSON on standard output.

import { pathToFileURL } from 'node:url';

const { module, port, answers } = JSON.parse(process.argv[2]);
const { OAuth2Server } = await import(pathToFileURL(module));

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.issuer.url = `http://127.0.0.1:${port}`;

server.service.on('beforeResponse', (response, request) => {
  console.log(JSON.stringify({ event: 'token', ...request.body }));
  const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
  response.statusCode = answer.status ?? response.statusCode;
  if (answer.body !== undefined) response.body = answer.body;
  for (const name of answer.remove ?? []) delete response.body[name];
  Object.assign(response.body, answer.set);
});

await server.start(port, '127.0.0.1');
