// The German for what the daemon says. A sentence that is not here is shown as it came.

export const germanSentences = {
  // interlocks (safety/supervisor.c): name, what was lost, what is safe, what to do
  "link up": "Verbindung",
  "settings match": "Einstellungen",
  homed: "referenziert",
  "e-stop closed": "Not-Halt zu",
  "door closed": "Tür zu",
  "board not held": "Steuerung frei",
  "position agrees": "Stellung stimmt",
  "needle out in time": "Nadel rechtzeitig draußen",
  "needle not waiting": "Nadel wartet nicht",
  "needle safe": "Nadel draußen",
  "daemon alive": "smprigd lebt",
  "guard prompt": "Wächter pünktlich",
  "files bound": "Dateien gebunden",
  calibrated: "kalibriert",
  registered: "registriert",
  "case cleared": "Fall freigegeben",
  "pose fresh": "Lage frisch",
  "head slow": "Kopf ruhig",
  "head trusted": "Kopf verlässlich",
  "dead-man held": "Zustimmtaster gehalten",
  "client present": "Kunde da",
  "journal healthy": "Akte schreibbar",
  "pigment ready": "Pigment bereit",
  "needle ready": "Nadel bereit",
  "The needle is out and the rig holds.": "Die Nadel ist draußen, das Gerät hält.",
  "The running strike has ended, nothing more is sent.":
    "Der laufende Stich ist beendet, es folgt nichts mehr.",
  "No motion is allowed.": "Keine Bewegung ist erlaubt.",
  "No lateral motion is made.": "Es gibt keine seitliche Bewegung.",
  "Power is off by hardware.": "Die Hardware hat den Strom abgeschaltet.",
  "The motor board stopped answering or lost what it had.":
    "Die Motorsteuerung antwortet nicht mehr oder hat ihre Befehle verloren.",
  "Check cable and power, acknowledge, home again.":
    "Kabel und Strom prüfen, quittieren, neu referenzieren.",
  "The board's settings are not the rig's.":
    "Die Einstellungen der Steuerung sind nicht die des Geräts.",
  "The rig does not know where it is.": "Das Gerät weiß nicht, wo es steht.",
  "The emergency stop is pressed or its wire broken.":
    "Der Not-Halt ist gedrückt oder seine Leitung unterbrochen.",
  "Release it, acknowledge, home again.": "Lösen, quittieren, neu referenzieren.",
  "The door is open.": "Die Tür ist offen.",
  "Close it, then resume.": "Schließen, dann weiter.",
  "The motor board was stopped by its own input.":
    "Die Motorsteuerung wurde über ihren eigenen Eingang angehalten.",
  "Free its hold input, acknowledge, home again.":
    "Halteeingang freigeben, quittieren, neu referenzieren.",
  "The rig is not where it was sent: lost steps or a push.":
    "Das Gerät ist nicht, wo es sein soll: Schritte verloren oder angestoßen.",
  "Look at the head first; acknowledge, home again.":
    "Zuerst nach dem Kopf sehen; quittieren, neu referenzieren.",
  "A strike did not end in its time.": "Ein Stich endete nicht rechtzeitig.",
  "Retract the needle by hand, then press the e-stop.":
    "Die Nadel von Hand herausziehen, dann den Not-Halt drücken.",
  "The needle stood over the skin and no strike came.":
    "Die Nadel stand über der Haut und es kam kein Stich.",
  "It goes on by itself when all is well.": "Es geht von selbst weiter, wenn alles stimmt.",
  "Nobody knows whether the needle is out.": "Niemand weiß, ob die Nadel draußen ist.",
  "smprigd died, hung, or closed its connection.":
    "smprigd ist gestorben, hängt oder hat die Verbindung geschlossen.",
  "The guard was stopped or its machine too busy.":
    "Der Wächter wurde angehalten oder sein Rechner ist überlastet.",
  "Close other programs, then resume.": "Andere Programme schließen, dann weiter.",
  "Rig, scan and plan are not loaded.": "Gerät, Scan und Plan sind nicht geladen.",
  "A calibration is missing, stale or bad.": "Eine Kalibrierung fehlt, ist alt oder schlecht.",
  "The scan is not registered to the head.": "Der Scan ist nicht auf den Kopf registriert.",
  "Screening or identity is not signed off.": "Anamnese oder Identität ist nicht bestätigt.",
  "The cameras stopped telling where the head is.":
    "Die Kameras sagen nicht mehr, wo der Kopf ist.",
  "Look at the cameras; it goes on when they see.":
    "Nach den Kameras sehen; es geht weiter, wenn sie sehen.",
  "The head moved too fast.": "Der Kopf bewegte sich zu schnell.",
  "It goes on when the head is still.": "Es geht weiter, wenn der Kopf ruhig ist.",
  "The head's pose jumped or too few tags are seen.":
    "Die Lage des Kopfes sprang, oder zu wenige Marken sind zu sehen.",
  "Look at the tags; it goes on when they agree.":
    "Nach den Marken sehen; es geht weiter, wenn sie übereinstimmen.",
  "The dead-man switch was released.": "Der Zustimmtaster wurde losgelassen.",
  "Press it again, then resume.": "Wieder drücken, dann weiter.",
  "The client left the head rest.": "Der Kunde hat die Kopfstütze verlassen.",
  "Seat the client, then resume.": "Den Kunden setzen, dann weiter.",
  "The case file cannot be written.": "Die Akte kann nicht geschrieben werden.",
  "Make room on its disk, start anew.": "Platz auf ihrer Platte schaffen, neu starten.",
  "The pigment is used up.": "Das Pigment ist verbraucht.",
  "The needle is worn or missing.": "Die Nadel ist abgenutzt oder fehlt.",
  "Nothing moves.": "Nichts bewegt sich.",
  // screening (controller/journal/screening.c)
  "Diabetes?": "Zuckerkrankheit (Diabetes)?",
  "a physician's letter is needed: it heals slowly":
    "ein ärztliches Attest ist nötig: es heilt langsam",
  "Blood thinners, aspirin included?": "Blutverdünner, auch Aspirin?",
  "a physician's letter is needed: bleeding washes pigment out":
    "ein ärztliches Attest ist nötig: Blutung spült Pigment aus",
  "A disorder of blood clotting?": "Eine Störung der Blutgerinnung?",
  "it is not treated": "wird nicht behandelt",
  "Epilepsy or seizures?": "Epilepsie oder Anfälle?",
  "a physician's letter is needed: a seizure under the needle":
    "ein ärztliches Attest ist nötig: ein Anfall unter der Nadel",
  "Treatment for cancer, now or this year?": "Krebsbehandlung, jetzt oder in diesem Jahr?",
  "a physician's letter is needed": "ein ärztliches Attest ist nötig",
  "A disease of the immune system?": "Eine Krankheit des Immunsystems?",
  "Scars that grow (keloids)?": "Wuchernde Narben (Keloide)?",
  "it is not treated: each puncture may scar": "wird nicht behandelt: jeder Stich kann vernarben",
  "Psoriasis breaking out on the scalp?": "Ausbrechende Schuppenflechte auf der Kopfhaut?",
  "wait until the skin is calm": "warten, bis die Haut ruhig ist",
  "Acne breaking out on the scalp?": "Ausbrechende Akne auf der Kopfhaut?",
  "Allergy to pigment or tattoo colour?": "Allergie gegen Pigment oder Tätowierfarbe?",
  "Botox or fillers at the head in the last 4 weeks?":
    "Botox oder Filler am Kopf in den letzten 4 Wochen?",
  "wait four weeks after it": "vier Wochen danach abwarten",
  "Sunburn on the scalp?": "Sonnenbrand auf der Kopfhaut?",
  "wait until the skin has healed": "warten, bis die Haut verheilt ist",
  "Open, infected or irritated skin on the scalp?":
    "Offene, entzündete oder gereizte Haut auf der Kopfhaut?",
  // the case (controller/journal/case_readiness.c, case_record.c)
  "the client has no two identifiers: name and date of birth":
    "dem Kunden fehlen zwei Angaben: Name und Geburtsdatum",
  "the client's data was erased: begin a new case":
    "die Daten des Kunden wurden gelöscht: einen neuen Fall beginnen",
  "dots were struck later than it is now: set this machine's clock right":
    "Punkte wurden später gestochen, als es jetzt ist: die Uhr dieses Rechners stellen",
  "this is not the case's client: name and date of birth must be those of the case, letter by letter":
    "das ist nicht der Kunde dieses Falls: Name und Geburtsdatum müssen Buchstabe für Buchstabe stimmen",
  "the record is being written: wait a moment": "die Akte wird geschrieben: einen Moment",
  // calibrations (controller/daemon/calibrating.c)
  "Hold the ring before the cameras, turned 20 to 30 deg to another side for each view; 10 or more.":
    "Den Ring vor die Kameras halten, für jede Ansicht 20 bis 30 Grad zu einer anderen Seite gedreht; 10 oder mehr.",
  "Fix the board to the tool. Jog to another pose for each view, tilting about both axes; 6 or more.":
    "Die Tafel am Werkzeug befestigen. Für jede Ansicht eine andere Lage anfahren, um beide Achsen gekippt; 6 oder mehr.",
  "Jog the tip onto the reference point, leaning to another side for each view; 6 or more.":
    "Die Spitze auf den Bezugspunkt fahren, für jede Ansicht zu einer anderen Seite geneigt; 6 oder mehr.",
  "Print the sheet at 100 %, glue it onto glass or aluminium, measure a tag.":
    "Das Blatt mit 100 % drucken, auf Glas oder Aluminium kleben, eine Marke messen.",
  // the daemon's own alarms (controller/daemon/daemon.c)
  "The guard has gone: no program moves the rig.":
    "Der Wächter ist weg: kein Programm bewegt das Gerät.",
  "What the board held has ended with the needle out.":
    "Was die Steuerung hatte, endete mit der Nadel draußen.",
  "Nothing more is struck; the rig holds.": "Es wird nichts mehr gestochen; das Gerät hält.",
  "Make room on its disk, then start anew.": "Platz auf ihrer Platte schaffen, dann neu starten.",
  "The page in command has gone: closed, asleep, or cut off.":
    "Die führende Seite ist weg: geschlossen, schlafend oder abgeschnitten.",
  "The ring of tags has slipped, or the skin beside it is hidden.":
    "Der Markenring ist verrutscht, oder die Haut daneben ist verdeckt.",
  "ring on the skin": "Ring auf der Haut",
  "No strike is made by its pose.": "Nach seiner Lage wird nicht gestochen.",
  "Uncover the skin. If the ring has moved: seat it, register anew, load the case.":
    "Die Haut freilegen. Ist der Ring verschoben: neu setzen, neu registrieren, Akte laden.",
  "The running strike has ended, the rig holds.": "Der laufende Stich ist beendet, das Gerät hält.",
  "Open the console, take command, resume.": "Die Konsole öffnen, Führung nehmen, weiter.",
  // reasons and what is waited for
  "held by the operator": "vom Bediener angehalten",
  "aborted by the operator": "vom Bediener abgebrochen",
  "asks for something: answer its prompt": "bittet um etwas: Anfrage beantworten",
  "nobody is in command": "niemand führt",
  "command was taken by force": "die Führung wurde übernommen",
  "the head to be still": "einen ruhigen Kopf",
  "the cameras' pictures": "die Bilder der Kameras",
  "the cameras to find the head": "die Kameras, die den Kopf suchen",
  "the ring of tags: it has slipped, or the skin beside it is hidden":
    "den Markenring: er ist verrutscht, oder die Haut daneben ist verdeckt",
  "the guard to read the case": "den Wächter, der die Akte liest",
  "the motor board": "die Steuerung",
  "the rig to be homed": "die Referenzfahrt",
  "the guard to arm": "den Wächter, der scharf schaltet",
  "the guard to start": "den Wächter, der startet",
  "the rig to stand still": "das stehende Gerät",
  "the rig to be at its park place": "das Gerät auf dem Weg zum Parkplatz",
  "an answer to its prompt": "eine Antwort auf seine Anfrage",
  "the head's pose": "die Lage des Kopfes",
  "a fresh pose of the head": "eine frische Lage des Kopfes",
  "the head to come back within the rig's reach": "den Kopf zurück in der Reichweite",
  "the journal's disk": "die Platte der Akte",
  "the board, whose answers come late": "die Steuerung, deren Antworten spät kommen",
  "the needle to catch up with the head": "die Nadel, die dem Kopf nachkommt",
  "the guard: it refused": "den Wächter: er lehnte ab",
  "no frame yet": "noch kein Bild",
  "too fast": "zu schnell",
  jumped: "gesprungen",
  settling: "beruhigt sich",
  "frozen image": "stehendes Bild",
  saturated: "überbelichtet",
  "bad fit": "passt schlecht",
  "not converged": "nicht konvergiert",
  "cameras disagree": "Kameras uneins",
  "ring slipped": "Ring verrutscht",
  "too few tags": "zu wenige Marken",
  "no image": "kein Bild",
  tracked: "verfolgt",
  still: "ruhig",
  moving: "bewegt",
  flinch: "gezuckt",
  lost: "verloren",
};

/** Sentences with something in them: {1} is what the first bracket found. */
export const germanPatterns = [
  [/^contraindicated: ([\w-]+): (.+)$/, "Gegenanzeige: {1}: {2}"],
  [
    /^too early: (\d+) days since the last session, the skin rests (\d+); in (\d+) hours$/,
    "zu früh: {1} Tage seit der letzten Sitzung, die Haut ruht {2}; in {3} Stunden",
  ],
  [
    /^needle cartridge (.+) was used in .+ already: take a new one$/,
    "Nadelmodul {1} wurde schon benutzt: ein neues nehmen",
  ],
  [
    /^Axis (.) is not where it was sent: lost steps or a push\. .*$/,
    "Achse {1} ist nicht, wo sie sein soll: Schritte verloren oder angestoßen. Referenzieren erreicht sie nicht: wenn es wiederkommt, Steuerung aus, Achse auf ihre Nullmarke, Steuerung ein.",
  ],
  [/^(\d+) sessions in twelve months are enough: .*$/, "{1} Sitzungen in zwölf Monaten sind genug"],
  [/^the page of (.+), who was in command, has gone$/, "die führende Seite von {1} ist weg"],
];
