// Keeps Prism up when a request breaks it: whoever waits for an answer learns what happened. Loaded with `node --require`.

const http = require("node:http");

const waiting = new Set();
const emit = http.Server.prototype.emit;

http.Server.prototype.emit = function (event, request, response) {
  if (event === "request") {
    waiting.add(response);
    response.on("close", () => waiting.delete(response));
  }
  return emit.apply(this, arguments);
};

function answer(error) {
  console.error(error);
  const problem = {
    type: "https://stoplight.io/prism/errors#BROKE_DOWN",
    title: "Prism broke down",
    status: 500,
    detail: String(error?.message ?? error),
  };
  for (const response of waiting) {
    if (!response.headersSent) {
      response.writeHead(500, { "content-type": "application/problem+json" });
    }
    response.end(JSON.stringify(problem));
  }
}

process.on("uncaughtException", answer);
process.on("unhandledRejection", answer);
