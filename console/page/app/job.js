// Work that takes the daemon seconds: begun by one call, asked after until it is done.
import { el, say } from "./dom.js";

const ASK_MS = 500;

/** Begin and follow a job; `tell(seconds)` while it runs. The promise brings the answer of `job`. */
export async function runJob(line, method, params, tell) {
  const { job: number } = await line.call(method, params);
  for (;;) {
    const answer = await line.call("job", { number });
    if (answer.state === "done") return answer;
    if (answer.state !== "running") throw new Error(answer.text || answer.state);
    tell(answer.seconds);
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
  }
}

/** A button that begins a job, and a line that says how it goes; `done` takes the answer. */
export function jobButton(line, words, { id, label, method, params, done }) {
  const note = el("p", { className: "faint", role: "status" });
  const button = el("button", { id, onclick: begin }, label);

  async function begin() {
    button.disabled = true;
    say(note, words("job_runs", { s: 0 }));
    const tell = (seconds) => say(note, words("job_runs", { s: seconds.toFixed(0) }));
    try {
      done(await runJob(line, method, params?.() ?? {}, tell));
      say(note, "");
    } catch (error) {
      say(note, words.said(error.message));
    }
    button.disabled = false;
  }
  return { button, note, begin };
}
