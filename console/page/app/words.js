// Every word of the page, in one table of key, English, German, kept in two files. What the daemon says
// (alarms, interlocks, reasons) is English; words_said.js has the German for it, words_page.js what is said
// otherwise to who sits at the page than to who sits at a terminal.
import { sessionWords } from "./words_session.js";
import { viewWords } from "./words_views.js";
import { germanSentences, germanPatterns } from "./words_said.js";
import { commandIn, pagePatterns, pageSentences } from "./words_page.js";

export const languages = ["en", "de"];

/** The one table of all words. */
export const table = { ...sessionWords, ...viewWords };

/** `{name}` in the text becomes its value; a name without a value stays. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Said for the page: where to press, not what to type; null when the sentence is for both. */
function sayOnPage(sentence, column) {
  const whole = pageSentences[sentence];
  if (whole) return whole[column];
  for (const [pattern, ...texts] of pagePatterns) {
    const found = pattern.exec(sentence);
    if (found) return fill(texts[column], { ...found });
  }
  return null;
}

function sayInGerman(sentence) {
  if (germanSentences[sentence]) return germanSentences[sentence];
  for (const [pattern, german] of germanPatterns) {
    const found = pattern.exec(sentence);
    if (found) return fill(german, { ...found });
  }
  return sentence;
}

/** Phases whose reason is news; of the others it is what was before them. */
const REASONED_PHASES = ["held", "fault", "failed", "finished"];

/** The record keeps so many letters of a reason: what is cut off in the middle of a sentence is left out. */
const wholeSentences = (text) => (/[.!] /.test(text) ? text.replace(/([.!]) [^.!]*$/, "$1") : text);

/** An event of the log as people say it: a change of phase by its word ("held -> running: why"), a command
 * by who gave it, without the parameters that a program needs. */
function sayEvent(words, text) {
  const change = /^[a-z ]+ -> ([a-z ]+?)(?:: (.+))?$/.exec(text);
  if (change && table[`phase ${change[1]}`]) {
    const reason = REASONED_PHASES.includes(change[1]) ? change[2] : "";
    return words.phase(change[1]) + (reason ? `: ${words.said(wholeSentences(reason))}` : "");
  }
  const command = /^(.+ \([a-z]+\): [a-z_]+) \{.*?\}( refused: .+)?$/.exec(text);
  return command ? command[1] + (command[2] ?? "") : words.said(text);
}

/** Words in the chosen language: words("hold"), words("asks", { name }); words.said(sentence). */
export function makeWords(language) {
  const column = Math.max(0, languages.indexOf(language));
  const find = (key, instead) => table[key]?.[column] ?? instead;
  const words = (key, values) => fill(find(key, key), values);
  words.language = languages[column];
  words.phase = (phase) => find(`phase ${phase}`, phase);
  words.role = (role) => find(`role ${role}`, role);
  words.showsCommands = false; // to a technician
  words.said = (sentence) => {
    const text =
      sayOnPage(sentence, column) ?? (column === 0 ? sentence : sayInGerman(sentence));
    const command = words.showsCommands ? commandIn(sentence) : "";
    return command && !text.includes(command) ? `${text} (${command})` : text;
  };
  words.event = (text) => sayEvent(words, text);
  return words;
}
