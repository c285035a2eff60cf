// Bad input, one after the other: each must be refused, stand in the record, and reach no daemon.
import fs from "node:fs";

const ELSEWHERE = "https://elsewhere.example";
const RECORD_MS = 3000;
const CLOSED_MS = 3000; // a page that is not closed by then stays open
const PATHS = [
  ...["/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd"],
  ...["/app/..%5c..%5csecrets", "/app/%00.js", "//etc/passwd", "/app/./../../CMakeCache.txt"],
];
const MESSAGES = [
  ["malformed JSON", "{", "not JSON"],
  ["an array", "[1]", "not JSON"],
  ["a key twice", '{"seq":1,"seq":2}', "not JSON"],
  ["a deep nest", "[".repeat(5000), "not JSON"],
  ["bytes that are no text", Buffer.from([0xff, 0xfe]), "not JSON"],
  ["a call without a number", '{"method":"arm"}', "no call"],
  ["a number that is a text", '{"seq":"1","method":"arm"}', "no call"],
  ["a huge frame", "x".repeat(10000), "too long a message"],
  ["a huger frame", "x".repeat(5000000), "too long a message"],
];

/** Rows of [what, what the record says of it, act]; act tells whether it was refused. */
function overHttp({ base, anna, request, login }) {
  const from = (origin) => ({ headers: { origin } });
  const isForbidden = async (answer) => (await answer).status === 403;
  const noFile = (where) => async () => {
    const answer = await request(base, where).catch(() => ({ status: 400, text: "" }));
    return answer.status >= 400 && !answer.text.includes("root:");
  };
  const logout = { ...from(ELSEWHERE), method: "POST" };
  Object.assign(logout.headers, { cookie: anna.cookie, "content-length": 0 });
  return [
    ...PATHS.map((where) => [`no file at ${where}`, "no such page", noFile(where)]),
    [
      "a login from another origin",
      "another origin",
      () => isForbidden(login(base, "anna", from(ELSEWHERE))),
    ],
    [
      "a login without an origin",
      "another origin",
      () => isForbidden(login(base, "anna", from(""))),
    ],
    [
      "a wrong password",
      "wrong name or password",
      () => isForbidden(login(base, "anna", { body: { password: "wrong" } })),
    ],
    [
      "a name of two lines",
      "wrong name or password",
      () => isForbidden(login(base, "eve", { body: { name: "eve\n<3>guard: forged" } })),
    ],
    [
      "another host's name (DNS rebinding)",
      "another origin",
      () => isForbidden(request(base, "/", { headers: { host: "evil.example" } })),
    ],
    [
      "a logout forged elsewhere",
      "another origin",
      () => isForbidden(request(base, "/logout", logout)),
    ],
  ];
}

function overTheSocket({ base, anna, olga, talk, talker }) {
  const isShut = async (who, options) => !(await talk(who, null, options)).isOpen;
  /** Each by a login of its own: one whose pages are closed again and again must wait. */
  const closes = (text) => async () => {
    const who = await talker(base, "anna");
    return (await talk(who, ({ socket }) => socket.send(text), { wait_ms: CLOSED_MS })).isClosed;
  };
  /** A call that answers with a refusal, sent as `frame` makes it of the next number. */
  const refusal = (who, frame) => async () =>
    (await talk(who, ({ socket, seq }) => socket.send(JSON.stringify(frame(seq + 1))))).refusals
      .length === 1;
  return [
    [
      "a WebSocket from another origin",
      "another origin",
      () => isShut(anna, { origin: ELSEWHERE }),
    ],
    ["a WebSocket without a login", "not logged in", () => isShut({ ...anna, cookie: "" })],
    [
      "a made-up cookie",
      "not logged in",
      () => isShut({ ...anna, cookie: `smprig_session=${"0".repeat(64)}` }),
    ],
    [
      "a wrong token",
      "wrong token",
      async () => (await talk({ ...anna, csrf: "0".repeat(64) }, null)).isClosed,
    ],
    ["a wrong role", "your role may not", refusal(olga, (seq) => ({ seq, method: "arm" }))],
    [
      "a technician's call of an operator",
      "your role may not",
      refusal(anna, (seq) => ({ seq, method: "jog" })),
    ],
    [
      "a call that does not exist",
      "no such call",
      refusal(anna, (seq) => ({ seq, method: "dance" })),
    ],
    [
      "a stale number",
      "stale or doubled",
      refusal(anna, (seq) => ({ seq: seq - 1, method: "arm" })),
    ],
    [
      "a number left out",
      "stale or doubled",
      refusal(anna, (seq) => ({ seq: seq + 1, method: "arm" })),
    ],
    ...MESSAGES.map(([what, text, word]) => [what, word, closes(text)]),
  ];
}

export async function whatIsRefused(tools) {
  const { auditPath, daemon, expect, sleep, talk, told, anna } = tools;
  const read = () => fs.readFileSync(auditPath, "utf8").trim().split("\n");
  const isRecorded = async (from, word) => {
    for (let waited_ms = 0; waited_ms < RECORD_MS; waited_ms += 50, await sleep(50))
      if (
        read()
          .slice(from)
          .some((line) => JSON.parse(line).refused?.includes(word))
      )
        return true;
    return false;
  };
  for (const [what, word, act] of [...overHttp(tools), ...overTheSocket(tools)]) {
    const asked = daemon.asked.length,
      from = read().length;
    const isRefused = await act();
    const isClean = daemon.asked.length === asked;
    expect(
      isRefused && isClean && (await isRecorded(from, word)),
      `${what}: refused, recorded, asked of nobody`,
    );
    await sleep(60); // the record keeps twenty refusals a second
  }
  expect(
    told().includes("guard: forged") && !/^<3>guard: forged/m.test(told()),
    "what a stranger sent begins no line of the log",
  );
  expect((await talk(anna, null)).isOpen, "after all that the honest login still stands");
}
