// The line to the console: logging in, the WebSocket, calls numbered without gaps, and the state put
// together from its changes. Silence is told, not hidden.

const STALE_MS = 1500;
const BEAT_MS = 500;
const RETRY_MS = 1000;
const ROLES = ["observer", "operator", "supervisor", "technician"]; // each may all the former may

export class Line extends EventTarget {
  state = {};
  info = null;
  log = [];
  me = null; // name, role, channel
  isUp = false; // the daemon answers
  heardAt = 0; // performance.now() of the newest state
  #offered = new Map(); // method: the least role that may ask it
  #socket = null;
  #sequence = 0;
  #waiting = new Map();
  #csrf = "";

  async login(credentials) {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(credentials),
    });
    if (!answer.ok) throw new Error(await answer.text());
    this.#csrf = (await answer.json()).csrf;
  }

  /** True when the browser still has a login. */
  async isLoggedIn() {
    const answer = await fetch("/me");
    if (!answer.ok) return false;
    this.#csrf = (await answer.json()).csrf;
    return true;
  }

  async logout() {
    await fetch("/logout", { method: "POST", body: JSON.stringify({ csrf: this.#csrf }) });
    location.reload();
  }

  open() {
    this.#connect();
    setInterval(() => this.#beat(), BEAT_MS);
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, "smprig");
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ hello: this.#csrf, camera: true }));
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = () => this.#lose();
  }

  /** Call a method of the API; the promise brings its result or its refusal. */
  call(method, params) {
    if (this.#socket?.readyState !== WebSocket.OPEN || !this.me)
      return Promise.reject(new Error("not connected"));
    const seq = ++this.#sequence;
    this.#socket.send(JSON.stringify({ seq, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(seq, { resolve, reject }));
  }

  /** True when this daemon has the method and this login's role may ask for it. */
  offers(method) {
    const least = this.#offered.get(method);
    return !!least && ROLES.indexOf(this.me?.role) >= ROLES.indexOf(least);
  }

  /** True when this daemon has the method, whoever may ask for it. */
  knows(method) {
    return this.#offered.has(method);
  }

  get isStale() {
    return !this.isUp || performance.now() - this.heardAt > STALE_MS;
  }

  get isInCommand() {
    return !!this.me && this.state.command?.channel === this.me.channel;
  }

  get isCommanded() {
    return !!this.state.command?.holder;
  }

  // Of the page's own thread, and only while somebody can see it: a hung, hidden or closed page does
  // not beat, and the session is held.
  #beat() {
    if (this.me && this.isInCommand && document.visibilityState === "visible")
      this.call("heartbeat").catch(() => {});
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #take(message) {
    if (message.seq !== undefined) {
      const waiting = this.#waiting.get(message.seq);
      this.#waiting.delete(message.seq);
      if (message.error) waiting?.reject(new Error(message.error.message));
      else waiting?.resolve(message.result);
      return;
    }
    const { method, params } = message;
    if (method === "hello") this.#takeHello(params);
    else if (method === "state") this.#takeState(params, message.whole);
    else if (method === "link") this.#takeLink(params.is_up);
    else if (method === "log") {
      this.log.push(params);
      if (this.log.length > 300) this.log.shift();
      this.#tell("log", params);
    } else this.#tell(method, params);
  }

  #takeHello(params) {
    this.me = { name: params.name, role: params.role, channel: params.channel };
    this.#sequence = params.seq;
    this.info = params.info ?? null;
    this.log = params.log ?? [];
    this.isUp = params.is_up;
    this.state = params.state ?? {};
    this.heardAt = performance.now();
    this.#tell("hello");
    this.#tell("log");
    this.#tell("state");
    this.#learnMethods();
  }

  #takeState(changes, isWhole) {
    if (isWhole) this.state = {};
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) delete this.state[key];
      else this.state[key] = value;
    }
    this.isUp = true;
    this.heardAt = performance.now();
    this.#tell("state", changes);
  }

  #takeLink(isUp) {
    this.isUp = isUp;
    if (isUp) this.#learnMethods();
    this.#tell("state", {});
  }

  // Of the daemon that answers now; it may be another version than the last one.
  async #learnMethods() {
    try {
      this.info = await this.call("info");
      const methods = await this.call("methods");
      this.#offered = new Map(methods.map(({ name, role }) => [name, role]));
      this.#tell("methods");
      this.#tell("state", {});
    } catch {
      // the daemon has gone meanwhile: it is asked again when it comes back
    }
  }

  async #lose() {
    this.me = null;
    this.isUp = false;
    for (const waiting of this.#waiting.values()) waiting.reject(new Error("the console has gone"));
    this.#waiting.clear();
    this.#tell("state", {});
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    let isKnown = false;
    try {
      isKnown = await this.isLoggedIn();
    } catch {
      isKnown = null; // no console: try again
    }
    if (isKnown === false) location.reload();
    else if (isKnown) this.#connect();
    else this.#lose();
  }
}

/** The case's dots and head as the page draws them; asks again until they are ready. */
export async function fetchCase(part) {
  for (;;) {
    const answer = await fetch(`/case/${part}`);
    if (answer.ok) return answer.arrayBuffer();
    if (answer.status !== 503) throw new Error(await answer.text());
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
