// Every word of the page, in one table. Sentences that the daemon says (alarms, interlocks, reasons)
// are English there; `said` translates the known ones and leaves the others as they are.

const table = {
  en: {
    login: "Log in", name: "Name", password: "Password", logout: "Log out", login_wait: "Checking…",
    session: "Session", prepare: "Prepare", technician: "Technician", after: "After",
    hold: "HOLD", hold_key: "space", resume: "Resume", start: "Start", abort: "Abort…", answer_first: "answer the prompt first",
    abort_title: "Abort this session?", abort_text: "{pending} dots stay undone. The rig stops with the needle out and is disarmed. The case can be taken up again later: nothing is struck twice.",
    abort_yes: "Abort the session", cancel: "Keep going", close: "Close",
    command_you: "You are in command", command_other: "{name} is in command", command_nobody: "Nobody is in command",
    take: "Take command", ask: "Ask for command", force: "Take it by force", give: "Hand over", leave: "Leave command",
    asks: "{name} asks for command", command_needed: "take command first", arm_first: "arm it first, at the end of Prepare", watching: "You watch",
    dots_of: "{done} of {all} dots", rate: "dots/s", left: "left", left_range: "{low} to {high} left", left_unknown: "time left: after the first dots",
    struck: "done", skipped: "skipped", doubtful: "doubtful", pending: "pending", next: "next",
    interlocks: "Interlocks", interlocks_good: "all {count} hold", interlocks_bad: "{count} missing",
    log: "Log", motion: "Head motion, mm/s", age: "Pose age, ms", camera: "Camera {n}", head: "Head", follow: "Follow needle",
    camera_none: "no picture yet", camera_frozen: "FROZEN: picture {s} s old", camera_lost: "HEAD LOST: {why}",
    stale: "NO DATA SINCE {time}", daemon_down: "smprigd does not answer", console_down: "The console does not answer",
    alarm_high: "ALARM", alarm_medium: "Attention", alarm_low: "Note", acknowledge: "Acknowledge", needle_is_out: "I have looked: the needle is out", acknowledged: "seen by {name}",
    safe_now: "Safe now:", to_do: "To do:", followed: "after it:", more_alarms: "{count} more",
    prompt_pigment: "Fill pigment", prompt_needle: "Change the needle", prompt_wipe: "Wipe and look", prompt_break: "A break for the client",
    prompt_pigment_text: "{used} of {limit} dots made with this load. The needle is out and parked.",
    prompt_needle_text: "{used} of {limit} strikes made with this cartridge. Put in a new one.",
    prompt_wipe_text: "Wipe what was done and look at it. The needle is out and parked.",
    prompt_break_text: "{used} s without a pause. Let the client rest.",
    prompt_wait: "If nobody answers the rig stays held.", prompt_done: "Done, go on",
    skip: "Skip…", skip_zone: "Skip a zone…", why: "Why (for the record)", skip_dot: "Skip dot {id}", zone: "Zone",
    case: "Case", load: "Load", no_case: "no case", checklist: "Before the session", arm: "Arm", armed: "armed", home: "Home the rig",
    item_command: "In command", item_case: "Case and plan", item_daemon: "Board answers, settings are the rig's", item_homed: "Homed",
    item_calibrated: "Calibrated", item_registered: "Scan registered to the head", item_cleared: "Screening and identity",
    item_head: "Head followed", item_supplies: "Pigment and needle", item_journal: "Record can be written", item_stops: "E-stop, door, dead-man",
    plan: "Plan", hashes: "Bound by hash", axes: "Axes", axis: "Axis", position: "Position", range: "Range", jog: "Jog",
    jog_help: "Hold a button: the axis moves while it is held, with the needle out.", jog_none: "Jogging is not offered by this smprigd.",
    tracking: "Tracking", residual: "Residual", sigma: "Standard deviation", tags: "Tags", programs: "Programs",
    commands_tech: "In a terminal", report_text: "The full report with maps, histograms and signature line:", totals: "What was done",
    duration: "Time running", theme: "Light or dark", language: "Deutsch", phone: "This screen watches only.",
    help: "Space holds. 1–4 change the view. F follows the needle.", state_reason: "{phase}: {why}", waits: "waits for {what}",
    phase: { "no case": "NO CASE", opening: "OPENING", boot: "CONNECTING", connecting: "CONNECTING", locked: "LOCKED", homing: "HOMING", ready: "READY", arming: "ARMING", armed: "ARMED", running: "RUNNING", serving: "PARKING", held: "HELD", parking: "PARKING", finished: "FINISHED", fault: "FAULT", failed: "FAILED", stale: "NO DATA" },
    role: { observer: "observer", operator: "operator", supervisor: "supervisor", technician: "technician" },
    said: {},
  },
  de: {
    login: "Anmelden", name: "Name", password: "Passwort", logout: "Abmelden", login_wait: "Wird geprüft…",
    session: "Sitzung", prepare: "Vorbereiten", technician: "Technik", after: "Danach",
    hold: "HALT", hold_key: "Leertaste", resume: "Weiter", start: "Start", abort: "Abbrechen…", answer_first: "zuerst die Anfrage beantworten",
    abort_title: "Diese Sitzung abbrechen?", abort_text: "{pending} Punkte bleiben offen. Das Gerät hält mit der Nadel draußen und wird entschärft. Der Fall kann später fortgesetzt werden: nichts wird zweimal gestochen.",
    abort_yes: "Sitzung abbrechen", cancel: "Weitermachen", close: "Schließen",
    command_you: "Sie führen", command_other: "{name} führt", command_nobody: "Niemand führt",
    take: "Führung nehmen", ask: "Um Führung bitten", force: "Führung übernehmen", give: "Übergeben", leave: "Führung abgeben",
    asks: "{name} bittet um die Führung", command_needed: "zuerst die Führung nehmen", arm_first: "erst scharf schalten, am Ende von Vorbereiten", watching: "Sie schauen zu",
    dots_of: "{done} von {all} Punkten", rate: "Punkte/s", left: "übrig", left_range: "noch {low} bis {high}", left_unknown: "Restzeit: nach den ersten Punkten",
    struck: "gestochen", skipped: "ausgelassen", doubtful: "zweifelhaft", pending: "offen", next: "nächste",
    interlocks: "Verriegelungen", interlocks_good: "alle {count} halten", interlocks_bad: "{count} fehlen",
    log: "Protokoll", motion: "Kopfbewegung, mm/s", age: "Alter der Lage, ms", camera: "Kamera {n}", head: "Kopf", follow: "Nadel folgen",
    camera_none: "noch kein Bild", camera_frozen: "EINGEFROREN: Bild {s} s alt", camera_lost: "KOPF VERLOREN: {why}",
    stale: "KEINE DATEN SEIT {time}", daemon_down: "smprigd antwortet nicht", console_down: "Die Konsole antwortet nicht",
    alarm_high: "ALARM", alarm_medium: "Achtung", alarm_low: "Hinweis", acknowledge: "Quittieren", needle_is_out: "Ich habe nachgesehen: Nadel ist draußen", acknowledged: "gesehen von {name}",
    safe_now: "Jetzt sicher:", to_do: "Zu tun:", followed: "danach:", more_alarms: "{count} weitere",
    prompt_pigment: "Pigment nachfüllen", prompt_needle: "Nadel wechseln", prompt_wipe: "Abwischen und ansehen", prompt_break: "Pause für den Kunden",
    prompt_pigment_text: "{used} von {limit} Punkten mit dieser Füllung. Die Nadel ist draußen und geparkt.",
    prompt_needle_text: "{used} von {limit} Stichen mit dieser Nadel. Setzen Sie eine neue ein.",
    prompt_wipe_text: "Wischen Sie ab und sehen Sie es an. Die Nadel ist draußen und geparkt.",
    prompt_break_text: "{used} s ohne Pause. Lassen Sie den Kunden ruhen.",
    prompt_wait: "Antwortet niemand, bleibt das Gerät im Halt.", prompt_done: "Erledigt, weiter",
    skip: "Auslassen…", skip_zone: "Zone auslassen…", why: "Grund (für die Akte)", skip_dot: "Punkt {id} auslassen", zone: "Zone",
    case: "Fall", load: "Laden", no_case: "kein Fall", checklist: "Vor der Sitzung", arm: "Scharf schalten", armed: "scharf", home: "Referenzfahrt",
    item_command: "Führung", item_case: "Fall und Plan", item_daemon: "Steuerung antwortet, Einstellungen stimmen", item_homed: "Referenziert",
    item_calibrated: "Kalibriert", item_registered: "Scan auf den Kopf registriert", item_cleared: "Anamnese und Identität",
    item_head: "Kopf wird verfolgt", item_supplies: "Pigment und Nadel", item_journal: "Akte ist schreibbar", item_stops: "Not-Halt, Tür, Zustimmtaster",
    plan: "Plan", hashes: "Über Prüfsummen gebunden", axes: "Achsen", axis: "Achse", position: "Stellung", range: "Bereich", jog: "Tippbetrieb",
    jog_help: "Taste halten: die Achse fährt, solange gehalten wird, mit der Nadel draußen.", jog_none: "Dieses smprigd bietet keinen Tippbetrieb.",
    tracking: "Verfolgung", residual: "Restfehler", sigma: "Standardabweichung", tags: "Marken", programs: "Programme",
    commands_tech: "Im Terminal", report_text: "Der ganze Bericht mit Karten, Histogrammen und Unterschrift:", totals: "Was getan wurde",
    duration: "Laufzeit", theme: "Hell oder dunkel", language: "English", phone: "Dieser Schirm schaut nur zu.",
    help: "Leertaste hält. 1–4 wechseln die Ansicht. F folgt der Nadel.", state_reason: "{phase}: {why}", waits: "wartet auf {what}",
    phase: { "no case": "KEIN FALL", opening: "ÖFFNET", boot: "VERBINDET", connecting: "VERBINDET", locked: "GESPERRT", homing: "REFERENZFAHRT", ready: "BEREIT", arming: "SCHÄRFT", armed: "SCHARF", running: "LÄUFT", serving: "PARKT", held: "HÄLT", parking: "PARKT", finished: "FERTIG", fault: "STÖRUNG", failed: "GESCHEITERT", stale: "KEINE DATEN" },
    role: { observer: "Beobachter", operator: "Bediener", supervisor: "Aufsicht", technician: "Techniker" },
    said: {
      "link up": "Verbindung", "settings match": "Einstellungen", homed: "referenziert", "e-stop closed": "Not-Halt zu", "door closed": "Tür zu",
      "position agrees": "Stellung stimmt", "needle out in time": "Nadel rechtzeitig draußen", "needle not waiting": "Nadel wartet nicht", "needle safe": "Nadel draußen",
      "daemon alive": "smprigd lebt", "files bound": "Dateien gebunden", calibrated: "kalibriert", registered: "registriert", "case cleared": "Fall freigegeben",
      "pose fresh": "Lage frisch", "head slow": "Kopf ruhig", "head trusted": "Kopf verlässlich", "deadman held": "Zustimmtaster gehalten", "dead-man held": "Zustimmtaster gehalten",
      "client present": "Kunde da", "journal healthy": "Akte schreibbar", "pigment ready": "Pigment bereit", "needle ready": "Nadel bereit",
      "The motor board stopped answering or lost what it had.": "Die Motorsteuerung antwortet nicht mehr oder hat ihre Befehle verloren.",
      "The emergency stop is pressed or its wire broken.": "Der Not-Halt ist gedrückt oder seine Leitung unterbrochen.",
      "The dead-man's switch was released.": "Der Zustimmtaster wurde losgelassen.",
      "Nobody knows whether the needle is out.": "Niemand weiß, ob die Nadel draußen ist.",
      "Look at it, draw it out by hand if it is in, and acknowledge with the word that the needle is out.": "Sehen Sie nach, ziehen Sie sie mit der Hand heraus, wenn sie steckt, und quittieren Sie mit dem Wort, dass sie draußen ist.",
      "The door is open.": "Die Tür ist offen.", "Close it, then resume.": "Schließen, dann weiter.",
      "The head moves too fast.": "Der Kopf bewegt sich zu schnell.",
      "The needle is out and the rig holds.": "Die Nadel ist draußen, das Gerät hält.",
      "The running strike has ended, nothing more is sent.": "Der laufende Stich ist beendet, es folgt nichts mehr.",
      "It goes on by itself when all is well.": "Es geht von selbst weiter, wenn alles stimmt.",
      "Release it, acknowledge, home again.": "Lösen, quittieren, neu referenzieren.",
      "Press it again, then resume.": "Wieder drücken, dann weiter.",
      "Acknowledge and home.": "Quittieren und referenzieren.",
      "held by the operator": "vom Bediener angehalten", "aborted by the operator": "vom Bediener abgebrochen",
      "asks for something: answer its prompt": "bittet um etwas: Anfrage beantworten",
      "too few tags": "zu wenige Marken", "no image": "kein Bild", still: "ruhig", moving: "bewegt", flinch: "gezuckt", lost: "verloren",
    },
  },
};

function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Words in the chosen language: words("hold"), words("asks", { name }); words.said(sentence). */
export function makeWords(language) {
  const chosen = table[language] ?? table.en;
  const words = (key, values) => fill(chosen[key] ?? table.en[key] ?? key, values);
  words.language = language;
  words.phase = (phase) => chosen.phase[phase] ?? phase;
  words.role = (role) => chosen.role[role] ?? role;
  words.said = (sentence) => chosen.said[sentence] ?? sentence;
  return words;
}

export const languages = Object.keys(table);
