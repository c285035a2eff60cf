// What the daemon says with a terminal in mind, said for who sits at the page: which button, which view.
// Each row is English, German. A technician is told the command of the terminal too.

/** Whole sentences (safety/supervisor.c, controller/daemon). */
export const pageSentences = {
  "Set the board as the rig file says; the log names each setting.": [
    "For the technician: Technician, Rig doctor names each setting.",
    "Für den Techniker: Technik, Gerätediagnose nennt jede Einstellung.",
  ],
  "Acknowledge and home.": [
    "Acknowledge the alarm if there is one; Arm, in Prepare, homes it.",
    "Einen Alarm quittieren; Scharf schalten, in Vorbereiten, referenziert es.",
  ],
  "Look at it, draw it out by hand if it is in, and acknowledge with the word that the needle is out.": [
    "Look at it, draw it out by hand if it is in, then press the button.",
    "Nachsehen, von Hand herausziehen, wenn sie steckt, dann die Taste drücken.",
  ],
  "Start smprigd again; it takes the case up where it was.": [
    "It starts again by itself; after a minute call the technician. The case goes on where it was.",
    "Es startet von selbst neu; nach einer Minute den Techniker rufen. Der Fall geht weiter, wo er war.",
  ],
  "Start smprig-guard and smprigd again; the case is taken up where it was.": [
    "They start again by themselves; after a minute call the technician. The case goes on where it was.",
    "Sie starten von selbst neu; nach einer Minute den Techniker rufen. Der Fall geht weiter, wo er war.",
  ],
  "Load the case.": [
    "In Prepare: choose the case and press Load.",
    "In Vorbereiten: den Fall wählen und Laden drücken.",
  ],
  "Calibrate anew, then arm again.": [
    "Prepare, Calibration says which; Technician, Calibrate renews it; then arm again.",
    "Vorbereiten, Kalibrierung sagt, welche; Technik, Kalibrieren erneuert sie; dann wieder scharf schalten.",
  ],
  "Register again.": [
    "The technician registers the scan again.",
    "Der Techniker registriert den Scan neu.",
  ],
  "Complete the case.": [
    "Prepare, Screening and identity says what is missing; it is entered there.",
    "Vorbereiten, Anamnese und Identität sagt, was fehlt; es wird dort eingetragen.",
  ],
  "Refill and confirm.": [
    "Refill, then press Done on its card.",
    "Nachfüllen, dann auf der Karte Erledigt drücken.",
  ],
  "Change the cartridge and confirm.": [
    "Change the cartridge, then press Done on its card.",
    "Die Nadel wechseln, dann auf der Karte Erledigt drücken.",
  ],
  "the board is not the rig of the file: smprig rig doctor says what to set": [
    "the board is not the rig of the file: Technician, Rig doctor says what to set",
    "die Steuerung ist nicht die der Gerätedatei: Technik, Gerätediagnose sagt, was einzustellen ist",
  ],
};

const ASK = ["Prepare, Ask the questions", "Vorbereiten, Fragen stellen"];
const OPEN = ["Prepare, Open a session", "Vorbereiten, Sitzung öffnen"];

/** Sentences with something in them: {1} is what the first bracket found. */
export const pagePatterns = [
  // whether a case may be armed (controller/journal/case_readiness.c, case_record.c)
  [/^not screened: ask/, `not screened yet: ${ASK[0]}`, `noch keine Anamnese: ${ASK[1]}`],
  [
    /^not screened: no answer on ([\w-]+)/,
    `no answer on {1}: ${ASK[0]}`,
    `keine Antwort zu {1}: ${ASK[1]}`,
  ],
  [
    /^the screening is (\d+) days old/,
    `the screening is {1} days old: ${ASK[0]}`,
    `die Anamnese ist {1} Tage alt: ${ASK[1]}`,
  ],
  [
    /^the screening is from before/,
    `the screening is from before the last session: ${ASK[0]}`,
    `die Anamnese ist von vor der letzten Sitzung: ${ASK[1]}`,
  ],
  [
    /^the case has no client|the case has no client yet/,
    "the case has no client: the technician makes it anew",
    "der Fall hat keinen Kunden: der Techniker legt ihn neu an",
  ],
  [
    /^no signed consent/,
    "no signed consent is in the case: have it signed; the technician adds the file",
    "keine unterschriebene Einwilligung im Fall: unterschreiben lassen; der Techniker fügt die Datei zu",
  ],
  [/^no session is opened/, `no session is open: ${OPEN[0]}`, `keine Sitzung ist offen: ${OPEN[1]}`],
  [
    /^the needle cartridge was used on another case/,
    `the needle cartridge was used before: take a new one; ${OPEN[0]}`,
    `das Nadelmodul wurde schon benutzt: ein neues nehmen; ${OPEN[1]}`,
  ],
  [
    /^(.*); 'smprig case check' lists what is lost$/,
    "{1}; the technician looks what is lost",
    "{1}; der Techniker sieht nach, was verloren ist",
  ],
  // calibrations (vision/calibration/check.c); a step's name may stand before
  [
    /^(.*?)no record: run `smprig calibrate (?:ring|rig|needle)\b/,
    "{1}not done on this rig yet: Technician, Calibrate",
    "{1}an diesem Gerät noch nicht gemacht: Technik, Kalibrieren",
  ],
  [
    /^(.*?)no record: run `smprig calibrate \w+/,
    "{1}not done on this rig yet: the technician does it",
    "{1}an diesem Gerät noch nicht gemacht: der Techniker macht es",
  ],
  [
    /^(.*?)([\w. ]+) old, at most (.+?): run `smprig calibrate (?:ring|rig|needle)\b/,
    "{1}{2} old, at most {3}: Technician, Calibrate",
    "{1}{2} alt, höchstens {3}: Technik, Kalibrieren",
  ],
  [
    /^(.*?)([\w. ]+) old, at most (.+?): run `smprig calibrate \w+/,
    "{1}{2} old, at most {3}: the technician does it again",
    "{1}{2} alt, höchstens {3}: der Techniker macht es neu",
  ],
  [
    /^(.*?)made for the simulated rig: /,
    "{1}made for the simulated rig: the technician makes it on this one",
    "{1}für das simulierte Gerät gemacht: der Techniker macht es an diesem",
  ],
  [
    /^(.*?)the rig file has changed since: /,
    "{1}the rig file has changed since: the technician probes the needle again",
    "{1}die Gerätedatei ist seither anders: der Techniker tastet die Nadel neu an",
  ],
  [
    /^(.*?)made for another scan: /,
    "{1}made for another scan: the technician registers this one",
    "{1}für einen anderen Scan gemacht: der Techniker registriert diesen",
  ],
  [
    /^(.*?)made for another ring, /,
    "{1}made for another ring, or before it was calibrated: the technician registers again",
    "{1}für einen anderen Ring oder vor dessen Kalibrierung gemacht: der Techniker registriert neu",
  ],
  // the board (controller/link/words.c)
  [
    /^(.*?)(?:see|run) smprig rig (?:doctor|setup)$/,
    "{1}the technician looks at Technician, Rig doctor",
    "{1}der Techniker sieht unter Technik, Gerätediagnose nach",
  ],
];

/** The terminal's command in a sentence, "" when there is none. */
export function commandIn(sentence) {
  const quoted = /[`'](smprig [^`']+)[`']/.exec(sentence)?.[1];
  return quoted ?? /smprig rig (?:doctor|setup)/.exec(sentence)?.[0] ?? "";
}
