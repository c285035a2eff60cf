// What no page of ours would say, and must be refused: paths, origins, tokens, malformed and huge messages,
// roles, calls out of their turn; and that the record has it.
import WebSocket from "ws";
import { expect } from "./page.mjs";

/** A WebSocket of our own, for what no page of ours would say. */
function talk(rig, { cookie, origin = rig.base.slice(0, -1), messages = [], wait_ms = 700 }) {
  return new Promise((resolve) => {
    const heard = [];
    const socket = new WebSocket(`${rig.base.replace("http", "ws")}ws`, "smprig", {
      headers: { cookie, origin },
    });
    let isOpen = false,
      timer = null;
    const end = () => {
      clearTimeout(timer);
      resolve({ isOpen, heard, isClosed: socket.readyState > 1 });
      socket.close();
    };
    socket.onopen = () => {
      isOpen = true;
      messages.forEach((message) => typeof message === "string" && socket.send(message));
      timer = setTimeout(end, wait_ms);
    };
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      heard.push(message);
      if (message.method === "hello")
        messages
          .filter((one) => typeof one === "function")
          .forEach((one) => socket.send(one(message.params)));
    };
    socket.onclose = end;
    socket.onerror = end;
  });
}

const ELSEWHERE = "http://elsewhere.example";
const PATHS = [
  "..%2f..%2fetc%2fpasswd",
  "app/../../secrets",
  "%2e%2e/%2e%2e/etc/passwd",
  "app/no.js",
];
const RECORDED = ["another origin", "wrong token", "stale", "role", "wrong name or password"];
const TRIES_TOO_MANY = 6;

function login(rig, name, password, origin = rig.base.slice(0, -1)) {
  const body = JSON.stringify({ name, password });
  return fetch(`${rig.base}login`, { method: "POST", headers: { origin }, body });
}

async function overHttp(rig) {
  for (const path of PATHS)
    expect([403, 404].includes((await fetch(rig.base + path)).status), `no file at /${path}`);
  const status = async (answer) => (await answer).status;
  expect(
    (await status(fetch(`${rig.base}case/dots`))) === 401,
    "the case only for who is logged in",
  );
  const foreign = login(rig, "anna", "a long password", ELSEWHERE);
  expect((await status(foreign)) === 403, "a login from another origin");
  expect((await status(login(rig, "anna", "wrong password"))) === 403, "a wrong password");
}

/** A login's cookie and token, and that the browser is told to guard them. */
async function openLogin(rig) {
  const answer = await login(rig, "olga", "o long password");
  const setCookie = answer.headers.get("set-cookie");
  const policy = answer.headers.get("content-security-policy");
  expect(
    /HttpOnly.*SameSite=Strict/.test(setCookie),
    "the cookie is kept from scripts and other sites",
  );
  expect(/script-src 'self' 'sha256-/.test(policy), "a strict content security policy");
  return { cookie: setCookie.split(";")[0], csrf: (await answer.json()).csrf };
}

async function overTheSocket(rig, { cookie, csrf }) {
  const hello = JSON.stringify({ hello: csrf });
  const call =
    (method, step = 1) =>
    ({ seq }) =>
      JSON.stringify({ seq: seq + step, method });
  const say = (...messages) => talk(rig, { cookie, messages });
  const answerTo = async (...calls) => {
    const { heard } = await say(hello, ...calls);
    return heard.find((message) => message.error)?.error.message ?? "";
  };
  const foreign = talk(rig, { cookie, origin: ELSEWHERE });
  expect(!(await talk(rig, { cookie: "" })).isOpen, "a WebSocket without a login");
  expect(!(await foreign).isOpen, "a WebSocket from another origin");
  expect((await say(JSON.stringify({ hello: "0".repeat(64) }))).isClosed, "a wrong token");
  expect((await say(hello, '{"seq":')).isClosed, "malformed JSON");
  expect((await say(hello, "x".repeat(100000))).isClosed, "a huge message");
  expect((await answerTo(call("start"))).includes("role"), "a role that may not");
  expect((await answerTo(call("hold", 2))).includes("stale"), "a call out of its turn");
  expect((await answerTo(call("hold"), call("hold"))).includes("stale"), "a call played again");
  expect((await answerTo(call("dance"))).includes("no such call"), "a call that does not exist");
}

export async function whatIsRefused(rig) {
  const before = rig.api("status").dots_done;
  await overHttp(rig);
  await overTheSocket(rig, await openLogin(rig));
  for (let i = 0; i < TRIES_TOO_MANY; i++) await login(rig, "anna", "wrong password");
  const right = await login(rig, "anna", "a long password");
  expect(right.status === 429, "too many failed tries");
  expect(rig.api("status").dots_done === before, "nothing of all that moved anything");
  const refused = rig.audit().filter((line) => line.refused);
  const record = refused.map((line) => line.refused).join("\n");
  for (const what of RECORDED) expect(record.includes(what), `the record has it: ${what}`);
}
