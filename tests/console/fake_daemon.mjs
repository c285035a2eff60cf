// A daemon of our own at an API socket: says yes to everything, answers some calls as told, keeps what
// it was asked, and can notify.
import net from "node:net";

const row = (name, role) => ({
  name,
  role,
  commands: role !== "observer",
  params: [],
  returns: "",
  help: "",
});
const METHODS = [
  ...["state", "hold", "heartbeat"].map((name) => row(name, "observer")),
  ...["arm", "start", "take_command"].map((name) => row(name, "operator")),
  row("jog", "technician"),
  { ...row("confirm_client", "operator"), is_private: true },
];

export class FakeDaemon {
  /** answers: method -> result, or a function of the params. */
  constructor(socketPath, answers = {}) {
    this.asked = []; // by people, not by the console itself
    this.answers = {
      methods: METHODS,
      info: {},
      subscribe: { phase: "ready", command: {} },
      ...answers,
    };
    this.sockets = new Set();
    this.server = net.createServer((socket) => this.#serve(socket)).listen(socketPath);
  }

  #serve(socket) {
    let text = "";
    this.sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("data", (data) => {
      text += data;
      for (let end; (end = text.indexOf("\n")) >= 0; text = text.slice(end + 1))
        this.#answer(socket, JSON.parse(text.slice(0, end)));
    });
  }

  #answer(socket, { id, method, params, as }) {
    const answer = this.answers[method];
    if (as) this.asked.push({ method, ...as });
    const result = typeof answer === "function" ? answer(params) : (answer ?? true);
    socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
  }

  notify(method, params) {
    for (const socket of this.sockets)
      socket.write(`${JSON.stringify({ jsonrpc: "2.0", method, params })}\n`);
  }

  close() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
