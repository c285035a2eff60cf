// Every word of the page, in one table: key, English, German. What the daemon says (alarms, interlocks,
// reasons) is English; words_said.js has the German for it.
import { germanSentences, germanPatterns } from "./words_said.js";

export const languages = ["en", "de"];

export const table = {
  // logging in, the header
  login: ["Log in", "Anmelden"],
  name: ["Name", "Name"],
  password: ["Password", "Passwort"],
  logout: ["Log out", "Abmelden"],
  login_wait: ["Checking…", "Wird geprüft…"],
  views: ["Views", "Ansichten"],
  session: ["Session", "Sitzung"],
  prepare: ["Prepare", "Vorbereiten"],
  technician: ["Technician", "Technik"],
  after: ["After", "Danach"],
  theme: ["Light or dark", "Hell oder dunkel"],
  language: ["Deutsch", "English"],
  sound_on: ["Alarm sounds on", "Alarmtöne an"],
  sound_off: ["Alarm sounds off", "Alarmtöne aus"],
  help: [
    "Space holds. 1–4 change the view. F follows the needle.",
    "Leertaste hält. 1–4 wechseln die Ansicht. F folgt der Nadel.",
  ],
  case: ["Case", "Fall"],
  no_case: ["no case", "kein Fall"],
  session_of: ["session {number} of {count}", "Sitzung {number} von {count}"],

  // hold, resume, abort
  hold: ["HOLD", "HALT"],
  hold_key: ["space", "Leertaste"],
  hold_asked: ["asked…", "verlangt…"],
  resume: ["Resume", "Weiter"],
  start: ["Start", "Start"],
  abort: ["Abort…", "Abbrechen…"],
  answer_first: ["answer the prompt first", "zuerst die Anfrage beantworten"],
  acknowledge_first: ["acknowledge the alarm first", "zuerst den Alarm quittieren"],
  abort_title: ["Abort this session?", "Diese Sitzung abbrechen?"],
  abort_text: [
    "{pending} dots stay undone. The rig stops with the needle out and is disarmed. The case can be " +
      "taken up again later: nothing is struck twice.",
    "{pending} Punkte bleiben offen. Das Gerät hält mit der Nadel draußen und wird entschärft. Der " +
      "Fall kann später fortgesetzt werden: nichts wird zweimal gestochen.",
  ],
  abort_yes: ["Abort the session", "Sitzung abbrechen"],
  cancel: ["Keep going", "Weitermachen"],
  close: ["Close", "Schließen"],
  waits: ["waits for {what}", "wartet auf {what}"],

  // who is in command
  command_you: ["You are in command", "Sie führen"],
  command_other: ["{name} is in command", "{name} führt"],
  command_nobody: ["Nobody is in command", "Niemand führt"],
  take: ["Take command", "Führung nehmen"],
  ask: ["Ask for command", "Um Führung bitten"],
  force: ["Take it by force", "Führung übernehmen"],
  give: ["Hand over", "Übergeben"],
  leave: ["Leave command", "Führung abgeben"],
  asks: ["{name} asks for command", "{name} bittet um die Führung"],
  command_needed: ["take command first", "zuerst die Führung nehmen"],
  arm_first: [
    "arm it first, at the end of Prepare",
    "erst scharf schalten, am Ende von Vorbereiten",
  ],

  // progress
  dots_of: ["{done} of {all} dots", "{done} von {all} Punkten"],
  rate: ["dots/s", "Punkte/s"],
  left: ["{time} left", "noch {time}"],
  left_range: ["{low} to {high} left", "noch {low} bis {high}"],
  left_unknown: ["time left: after the first dots", "Restzeit: nach den ersten Punkten"],
  load_of: ["Pigment, load {number} of {count}", "Pigment, Füllung {number} von {count}"],
  supply_needle: ["Needle", "Nadel"],
  supply_wipe: ["Since the last wipe", "Seit dem Abwischen"],
  supply_break: ["Since the last break, s", "Seit der letzten Pause, s"],
  speed: ["Speed", "Tempo"],
  slower: ["Slower", "Langsamer"],
  faster: ["Faster", "Schneller"],

  // dots
  struck: ["done", "gestochen"],
  skipped: ["skipped", "ausgelassen"],
  doubtful: ["doubtful", "zweifelhaft"],
  pending: ["pending", "offen"],
  next: ["next", "nächste"],
  later: ["later", "später"],
  zone: ["Zone", "Zone"],
  zones: ["Zones", "Zonen"],
  skip: ["Skip", "Auslassen"],
  skip_zone: ["Skip the zone {zone}?", "Die Zone {zone} auslassen?"],
  skip_zone_text: [
    "{pending} pending dots of it are left out for good. A supervisor's decision.",
    "{pending} offene Punkte werden endgültig ausgelassen. Eine Entscheidung der Aufsicht.",
  ],
  skip_dot: ["Skip dot {id}?", "Punkt {id} auslassen?"],
  skip_dot_text: ["It is left out for good.", "Er wird endgültig ausgelassen."],
  why: ["Why (for the record)", "Grund (für die Akte)"],
  decide: ["Decide {count} doubtful…", "{count} zweifelhafte klären…"],
  decide_title: ["Doubtful dots", "Zweifelhafte Punkte"],
  decide_text: [
    "Nobody knows whether these were struck: look at the skin. A dot that is there is done; one that " +
      "is not there may be struck again.",
    "Niemand weiß, ob diese gestochen wurden: auf die Haut sehen. Was da ist, ist gestochen; was " +
      "nicht da ist, darf noch einmal gestochen werden.",
  ],
  decide_struck: ["It is there", "Er ist da"],
  decide_pending: ["It is not there", "Er ist nicht da"],
  decide_show: ["Show", "Zeigen"],
  dot: ["Dot {id}", "Punkt {id}"],

  // head, camera, charts
  head: ["Head in 3D", "Kopf in 3D"],
  whole_head: ["Whole head", "Ganzer Kopf"],
  all_dots: ["All dots", "Alle Punkte"],
  follow: ["Follow needle", "Nadel folgen"],
  no_webgl: [
    "This browser cannot draw in 3D (no WebGL). All else works.",
    "Dieser Browser zeichnet nicht in 3D (kein WebGL). Alles andere geht.",
  ],
  motion: ["Head motion", "Kopfbewegung"],
  age: ["Pose age", "Alter der Lage"],
  chart_label: ["{what}, the last minute", "{what}, die letzte Minute"],
  limits: ["limits {strike} / {trip}", "Grenzen {strike} / {trip}"],
  camera: ["Camera {n}", "Kamera {n}"],
  camera_other: ["Other camera", "Andere Kamera"],
  camera_zoom: ["Zoom to the needle's work", "Zur Arbeit der Nadel zoomen"],
  camera_none: ["no picture yet", "noch kein Bild"],
  camera_frozen: ["FROZEN: picture {s} s old", "EINGEFROREN: Bild {s} s alt"],
  camera_lost: ["HEAD LOST: {why}", "KOPF VERLOREN: {why}"],

  // interlocks, alarms, log
  interlocks: ["Interlocks", "Verriegelungen"],
  interlocks_good: ["all {count} hold", "alle {count} halten"],
  interlocks_bad: ["{count} missing", "{count} fehlen"],
  log: ["Log", "Protokoll"],
  stale: ["NO DATA SINCE {time}", "KEINE DATEN SEIT {time}"],
  daemon_down: ["smprigd does not answer", "smprigd antwortet nicht"],
  console_down: ["The console does not answer", "Die Konsole antwortet nicht"],
  alarm_high: ["ALARM", "ALARM"],
  alarm_medium: ["Attention", "Achtung"],
  alarm_low: ["Note", "Hinweis"],
  acknowledge: ["Acknowledge", "Quittieren"],
  look_first: ["Look first:", "Zuerst nachsehen:"],
  needle_is_out: ["I have looked: the needle is out", "Nachgesehen: die Nadel ist draußen"],
  acknowledged: ["seen by {name}", "gesehen von {name}"],
  safe_now: ["Safe now:", "Jetzt sicher:"],
  to_do: ["To do:", "Zu tun:"],
  followed: ["what followed ({count})", "was folgte ({count})"],

  // prompts
  prompt_pigment: ["Fill pigment", "Pigment nachfüllen"],
  prompt_needle: ["Change the needle", "Nadel wechseln"],
  prompt_wipe: ["Wipe and look", "Abwischen und ansehen"],
  prompt_break: ["A break for the client", "Pause für den Kunden"],
  prompt_pigment_text: [
    "{used} dots were made with this load of {limit}. The needle is out and parked.",
    "{used} Punkte mit dieser Füllung von {limit}. Die Nadel ist draußen und geparkt.",
  ],
  prompt_needle_text: [
    "{used} strikes were made with this cartridge of {limit}. Put in a new one.",
    "{used} Stiche mit dieser Nadel von {limit}. Setzen Sie eine neue ein.",
  ],
  prompt_wipe_text: [
    "Wipe what was done and look at it. The needle is out and parked.",
    "Wischen Sie ab und sehen Sie es an. Die Nadel ist draußen und geparkt.",
  ],
  prompt_break_text: [
    "{used} s without a pause. Let the client rest.",
    "{used} s ohne Pause. Lassen Sie den Kunden ruhen.",
  ],
  prompt_wait: [
    "If nobody answers the rig stays held.",
    "Antwortet niemand, bleibt das Gerät im Halt.",
  ],
  prompt_done: ["Done, go on", "Erledigt, weiter"],
  prompt_parks: ["parking the needle…", "die Nadel wird geparkt…"],

  // before
  checklist: ["Before the session", "Vor der Sitzung"],
  load: ["Load", "Laden"],
  arm: ["Arm", "Scharf schalten"],
  armed: ["armed", "scharf"],
  home: ["Home the rig", "Referenzfahrt"],
  item_command: ["In command", "Führung"],
  item_case: ["Case and plan", "Fall und Plan"],
  item_daemon: [
    "Board answers, settings are the rig's",
    "Steuerung antwortet, Einstellungen stimmen",
  ],
  item_homed: ["Homed", "Referenziert"],
  item_calibrated: ["Calibrated", "Kalibriert"],
  item_registered: ["Scan registered to the head", "Scan auf den Kopf registriert"],
  item_cleared: ["Screening and identity", "Anamnese und Identität"],
  item_head: ["Head followed", "Kopf wird verfolgt"],
  item_supplies: ["Pigment and needle", "Pigment und Nadel"],
  item_journal: ["Record can be written", "Akte ist schreibbar"],
  item_stops: ["E-stop, door, dead-man", "Not-Halt, Tür, Zustimmtaster"],
  plan: ["Plan", "Plan"],
  hashes: ["Bound by hash", "Über Prüfsummen gebunden"],

  // technician
  axes: ["Axes", "Achsen"],
  axis: ["Axis", "Achse"],
  position: ["Position", "Stellung"],
  range: ["Range", "Bereich"],
  jog: ["Jog", "Tippbetrieb"],
  jog_help: [
    "Hold a button: the axis moves while it is held, with the needle out.",
    "Taste halten: die Achse fährt, solange gehalten wird, mit der Nadel draußen.",
  ],
  jog_none: [
    "Jogging is not offered by this smprigd.",
    "Dieses smprigd bietet keinen Tippbetrieb.",
  ],
  tracking: ["Tracking", "Verfolgung"],
  residual: ["Residual", "Restfehler"],
  sigma: ["Standard deviation", "Standardabweichung"],
  tags: ["Tags", "Marken"],
  programs: ["Programs", "Programme"],
  commands_tech: ["In a terminal", "Im Terminal"],

  // after
  totals: ["What was done", "Was getan wurde"],
  duration: ["Time running", "Laufzeit"],
  report_text: [
    "The full report with maps, histograms and signature line:",
    "Der ganze Bericht mit Karten, Histogrammen und Unterschrift:",
  ],
  phone: ["This screen watches only; HOLD works.", "Dieser Schirm schaut nur zu; HALT geht."],

  "phase no case": ["NO CASE", "KEIN FALL"],
  "phase opening": ["OPENING", "ÖFFNET"],
  "phase boot": ["CONNECTING", "VERBINDET"],
  "phase connecting": ["CONNECTING", "VERBINDET"],
  "phase locked": ["LOCKED", "GESPERRT"],
  "phase homing": ["HOMING", "REFERENZFAHRT"],
  "phase ready": ["READY", "BEREIT"],
  "phase arming": ["ARMING", "SCHÄRFT"],
  "phase armed": ["ARMED", "SCHARF"],
  "phase running": ["RUNNING", "LÄUFT"],
  "phase serving": ["PARKING", "PARKT"],
  "phase held": ["HELD", "HÄLT"],
  "phase parking": ["PARKING", "PARKT"],
  "phase finished": ["FINISHED", "FERTIG"],
  "phase fault": ["FAULT", "STÖRUNG"],
  "phase failed": ["FAILED", "GESCHEITERT"],
  "phase stale": ["NO DATA", "KEINE DATEN"],
  "role observer": ["observer", "Beobachter"],
  "role operator": ["operator", "Bediener"],
  "role supervisor": ["supervisor", "Aufsicht"],
  "role technician": ["technician", "Techniker"],
};

/** `{name}` in the text becomes its value; a name without a value stays. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

function sayInGerman(sentence) {
  if (germanSentences[sentence]) return germanSentences[sentence];
  for (const [pattern, german] of germanPatterns) {
    const found = pattern.exec(sentence);
    if (found) return fill(german, { ...found });
  }
  return sentence;
}

/** Words in the chosen language: words("hold"), words("asks", { name }); words.said(sentence). */
export function makeWords(language) {
  const column = Math.max(0, languages.indexOf(language));
  const find = (key, instead) => table[key]?.[column] ?? instead;
  const words = (key, values) => fill(find(key, key), values);
  words.language = languages[column];
  words.phase = (phase) => find(`phase ${phase}`, phase);
  words.role = (role) => find(`role ${role}`, role);
  words.said = (sentence) => (column === 0 ? sentence : sayInGerman(sentence));
  // The log tells a change of phase as "held -> running: why".
  words.event = (text) => {
    const change = /^[a-z ]+ -> ([a-z ]+?)(?:: (.+))?$/.exec(text);
    if (!change || !table[`phase ${change[1]}`]) return words.said(text);
    return words.phase(change[1]) + (change[2] ? `: ${words.said(change[2])}` : "");
  };
  return words;
}
