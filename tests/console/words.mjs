// The page's words: each key exists in both languages with the same places to fill, each is used, and
// none is used that does not exist; what the daemon says of interlocks, screening and calibration has
// its German, and tells an operator no command of the terminal. words.mjs: prints what is wrong, exits 1 when anything is.
import fs from "node:fs";
import path from "node:path";

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), "../..");
const APP = path.join(ROOT, "console/page/app");
const { table, makeWords } = await import(path.join(APP, "words.js"));

const wrong = [];
const sources = fs
  .readdirSync(APP)
  .filter((name) => name.endsWith(".js") && !name.startsWith("words"))
  .map((name) => fs.readFileSync(path.join(APP, name), "utf8"))
  .join("\n");

const holes = (text) =>
  [...text.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name)
    .sort()
    .join();

function checkRows() {
  for (const [key, row] of Object.entries(table)) {
    if (row.length !== 2 || row.some((text) => !text)) wrong.push(`${key}: not a text a language`);
    else if (holes(row[0]) !== holes(row[1])) wrong.push(`${key}: other {places} in German`);
  }
}

/** words(`step ${x}`) uses every key that begins so. */
function patternsOf(text) {
  return [...text.matchAll(/words\(\s*`([^`]+)`/g)].map(
    ([, template]) => new RegExp(`^${template.replace(/\$\{[^}]*\}/g, ".+")}$`),
  );
}

function checkUse() {
  const patterns = [/^phase /, /^role /, ...patternsOf(sources)];
  for (const key of Object.keys(table))
    if (!sources.includes(`"${key}"`) && !patterns.some((one) => one.test(key)))
      wrong.push(`${key}: used nowhere`);
  for (const [, key] of sources.matchAll(/words\(\s*"([^"]+)"/g))
    if (!table[key]) wrong.push(`${key}: used, but not in the table`);
}

/** The string constants of a C table, neighbours joined; `begin` and `end` stand around it. */
function sentencesOf(file, begin, end) {
  const text = fs.readFileSync(path.join(ROOT, file), "utf8");
  const from = text.indexOf(begin),
    to = `${text}\n#end`.indexOf(end, from);
  if (from < 0 || to < 0) return [`${file} has no ${begin}`];
  const macros = Object.fromEntries(
    [...text.matchAll(/#define (\w+) "([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const body = text
    .slice(from, to)
    .replace(/[A-Z_]{4,}/g, (name) => (macros[name] ? `"${macros[name]}"` : name));
  const joined = body.replace(/"\s*\n?\s*"/g, "");
  return [...joined.matchAll(/"([^"]*)"/g)].map(([, sentence]) => sentence);
}

function checkGerman() {
  const said = makeWords("de").said;
  const spoken = [
    ...sentencesOf("safety/supervisor.c", "condition_rows[CONDITION_COUNT] = {", "\n};"),
    ...sentencesOf(
      "controller/journal/screening.c",
      "questions[SCREENING_QUESTION_COUNT] = {",
      "\n};",
    ).filter((text) => /[ ?]/.test(text)),
    ...sentencesOf("controller/daemon/calibrating.c", "] = {", "\n};").filter((text) =>
      text.includes(" "),
    ),
  ];
  for (const sentence of new Set(spoken))
    if (sentence && said(sentence) === sentence) wrong.push(`no German: ${sentence}`);
  return spoken.length;
}

/** No sentence that names a command of the terminal comes so to an operator's page. */
function checkPage() {
  const files = [
    ["safety/supervisor.c", "condition_rows[CONDITION_COUNT] = {", "\n};"],
    ["controller/journal/case_readiness.c", "judge_screening(", "\n#end"],
    ["vision/calibration/check.c", "static void say(", "\n#end"],
    ["controller/link/handshake.c", "on_offsets_done(", "\n}"],
  ];
  for (const [file, begin, end] of files)
    for (const format of sentencesOf(file, begin, end)) {
      const sentence = format.replace(/%(?:ll|z)?[du]/g, "3").replace(/%s/g, "ring");
      const isOfTerminal = /smprig [a-z]/.test(sentence);
      for (const words of isOfTerminal ? ["en", "de"].map(makeWords) : [])
        if (/smprig [a-z]/.test(words.said(sentence))) wrong.push(`for a terminal: ${sentence}`);
      const technician = makeWords("en");
      technician.showsCommands = true;
      if (isOfTerminal && !/smprig [a-z]/.test(technician.said(sentence)))
        wrong.push(`a technician is not told the command: ${sentence}`);
    }
}

checkRows();
checkPage();
checkUse();
const spoken = checkGerman();
for (const line of wrong) console.log("WRONG", line);
console.log(
  `${Object.keys(table).length} words, ${spoken} sentences of the daemon's: ${wrong.length} wrong`,
);
process.exit(wrong.length || spoken < 60 ? 1 : 0);
