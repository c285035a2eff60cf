// The live picture with what is drawn on it: the ring's outline, the next dots as crosses (the very
// next one circled), the dots struck last. A picture that is old or shows no head says so on itself.

const FROZEN_MS = 700;
const ZOOM = 5; // of the close look at the needle's work

export class CameraView {
  shown = 0; // which camera
  count = 1;
  isClose = false;
  #picture = null;
  #takenAt = -Infinity;
  #image = new Image();
  #focus = null;

  constructor(canvas, words) {
    this.canvas = canvas;
    this.words = words;
    this.#image.onload = () => this.draw();
    setInterval(() => this.#isOld && this.draw(), 250); // age goes on even when pictures do not
  }

  take(picture) {
    this.count = Math.max(this.count, picture.camera + 1);
    if (picture.camera !== this.shown) return;
    this.#picture = picture;
    this.#takenAt = performance.now() - picture.age_ms;
    if (this.canvas.offsetParent === null) return; // nobody looks: it is not even unpacked
    this.#image.src = `data:image/jpeg;base64,${picture.jpeg}`;
    const work = [...(picture.next ?? []), ...(picture.struck ?? [])];
    if (work.length) this.#focus = middleOf(work);
  }

  get #age_ms() {
    return performance.now() - this.#takenAt;
  }

  get #isOld() {
    return this.#age_ms > FROZEN_MS;
  }

  showOther() {
    this.shown = (this.shown + 1) % this.count;
    this.#picture = null;
    this.draw();
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio,
      size = { width, height };
    for (const side of ["width", "height"]) {
      const pixels = Math.round(size[side] * ratio);
      if (this.canvas[side] !== pixels) this.canvas[side] = pixels;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = "#14171a";
    context.fillRect(0, 0, width, height);
    if (!this.#picture) return this.#write(context, size, this.words("camera_none"));
    const scale = this.#place(context, size);
    if (this.#image.complete && this.#image.naturalWidth) context.drawImage(this.#image, 0, 0);
    this.#overlay(context, scale);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#warn(context, size);
  }

  // The whole picture, or the work in the middle; returns canvas pixels a picture pixel.
  #place(context, { width, height }) {
    const { width: across, height: down } = this.#picture;
    const isClose = this.isClose && this.#focus;
    const scale = Math.min(width / across, height / down) * (isClose ? ZOOM : 1);
    const [u, v] = isClose ? this.#focus : [across / 2, down / 2];
    context.translate(width / 2 - scale * u, height / 2 - scale * v);
    context.scale(scale, scale);
    return scale;
  }

  #warn(context, size) {
    if (this.#isOld) {
      context.fillStyle = "rgba(20, 23, 26, 0.6)";
      context.fillRect(0, 0, size.width, size.height);
      const s = (this.#age_ms / 1000).toFixed(0);
      this.#write(context, size, this.words("camera_frozen", { s }));
    } else if (this.#picture.state === "lost") {
      const why = this.words.said(this.#picture.reason);
      this.#write(context, size, this.words("camera_lost", { why }));
    }
  }

  #overlay(context, scale) {
    const { ring = [], next = [], struck = [] } = this.#picture;
    context.lineWidth = 1.6 / scale;
    context.strokeStyle = "#4fc3f7";
    for (const outline of ring) {
      context.beginPath();
      outline.forEach(([u, v], i) => (i ? context.lineTo(u, v) : context.moveTo(u, v)));
      context.closePath();
      context.stroke();
    }
    const circle = ([u, v], radius) => {
      context.beginPath();
      context.arc(u, v, radius / scale, 0, 2 * Math.PI);
      context.stroke();
    };
    const arm = 4 / scale;
    context.strokeStyle = "#81c784";
    for (const place of struck) circle(place, 3);
    context.strokeStyle = "#ffd54f";
    for (const [u, v] of next) {
      context.beginPath();
      context.moveTo(u - arm, v);
      context.lineTo(u + arm, v);
      context.moveTo(u, v - arm);
      context.lineTo(u, v + arm);
      context.stroke();
    }
    if (next.length) circle(next[0], 8);
  }

  #write(context, { width, height }, text) {
    const band = 40;
    context.font = "600 17px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillStyle = "rgba(20, 23, 26, 0.85)";
    context.fillRect(0, (height - band) / 2, width, band);
    context.fillStyle = "#ffd54f";
    context.fillText(text, width / 2, height / 2 + 6, width - 16);
  }
}

function middleOf(places) {
  const sum = places.reduce(([a, b], [u, v]) => [a + u, b + v], [0, 0]);
  return sum.map((one) => one / places.length);
}
