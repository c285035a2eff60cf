// Alarm sounds after IEC 60601-1-8:2006, table 3 and 4: a burst of ten pulses for high priority, three
// for medium, two for low; the rhythm tells the priority without looking.
const BURSTS = {
  high: { pulses: [0, 0.3, 0.6, 1.1, 1.4, 2.2, 2.5, 2.8, 3.3, 3.6], again_s: 10, pitch_hz: 660 },
  medium: { pulses: [0, 0.4, 0.8], again_s: 15, pitch_hz: 520 },
  low: { pulses: [0, 0.5], again_s: Infinity, pitch_hz: 440 },
};
const PULSE_S = 0.15,
  RISE_S = 0.02,
  LOUDNESS = 0.25;
const HARMONICS = [1, 2, 3, 4, 5]; // at least four, so that the ear finds where it comes from

export class AlarmSound {
  #context = null;
  #priority = null;
  #timer = 0;
  isOn = localStorage.getItem("sound") !== "off";

  setOn(isOn) {
    this.isOn = isOn;
    localStorage.setItem("sound", isOn ? "on" : "off");
    this.#begin();
  }

  /** The priority of what nobody has seen yet; null: silence. */
  play(priority) {
    if (priority === this.#priority) return;
    this.#priority = priority;
    this.#begin();
  }

  #begin() {
    clearTimeout(this.#timer);
    if (!this.isOn || !this.#priority) return;
    this.#context ??= new AudioContext();
    this.#context.resume().catch(() => {}); // a page that nobody touched yet may not sound
    this.#burst(BURSTS[this.#priority]);
  }

  #burst({ pulses, again_s, pitch_hz }) {
    if (this.#context.state === "running") for (const at_s of pulses) this.#pulse(at_s, pitch_hz);
    if (again_s < Infinity) this.#timer = setTimeout(() => this.#begin(), again_s * 1000);
  }

  #pulse(at_s, pitch_hz) {
    const begin = this.#context.currentTime + at_s,
      end = begin + PULSE_S;
    const gain = this.#context.createGain();
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(LOUDNESS / HARMONICS.length, begin + RISE_S);
    gain.gain.setValueAtTime(LOUDNESS / HARMONICS.length, end - RISE_S);
    gain.gain.linearRampToValueAtTime(0, end);
    gain.connect(this.#context.destination);
    for (const harmonic of HARMONICS) {
      const tone = this.#context.createOscillator();
      tone.frequency.value = harmonic * pitch_hz;
      tone.connect(gain);
      tone.start(begin);
      tone.stop(end);
    }
  }
}
