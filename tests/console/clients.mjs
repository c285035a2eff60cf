// Slow and hostile clients of a console, until killed: clients.mjs BASE COOKIE CSRF SLOW HOSTILE.
// Slow ones say hello, then never read. Hostile ones flood with calls, nonsense and huge frames, are
// closed for it, and come again.
import WebSocket from "ws";

const [base, cookie, csrf, slow, hostile] = process.argv.slice(2);
const AGAIN_MS = 300;
const nonsense = ["{", "[1]", "x".repeat(20000), '{"seq":1,"seq":2}', "[".repeat(4000)];

function open(onHello) {
  const socket = new WebSocket(`${base.replace("http", "ws")}ws`, "smprig", {
    headers: { cookie, origin: base.slice(0, -1) },
  });
  socket.on("open", () => {
    socket.send(JSON.stringify({ hello: csrf }));
    onHello(socket);
  });
  socket.on("error", () => {});
  return socket;
}

function attack(number) {
  const socket = open(() => {
    for (let i = 0; i < 40; i++)
      socket.send(JSON.stringify({ seq: i, method: number % 2 ? "arm" : "state" }));
    socket.send(nonsense[number % nonsense.length]);
  });
  socket.on("close", () => setTimeout(attack, AGAIN_MS, number));
}

for (let i = 0; i < Number(slow); i++) open((socket) => socket._socket.pause());
for (let i = 0; i < Number(hostile); i++) setTimeout(attack, i * 10, i);
setInterval(() => {}, 1000);
