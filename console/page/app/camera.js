// The live picture with what is drawn on it: the ring's outline, the next dots as crosses, the dots
// struck last. A picture that is old or shows no head says so on itself.

const FROZEN_MS = 700;

export class CameraView {
  constructor(canvas, words) {
    this.canvas = canvas;
    this.words = words;
    this.shown = 0; // which camera
    this.count = 1;
    this.picture = null;
    this.image = new Image();
    this.image.onload = () => this.draw();
    setInterval(() => this.draw(), 250); // age goes on even when pictures do not
  }

  take(picture) {
    this.count = Math.max(this.count, picture.camera + 1);
    if (picture.camera !== this.shown) return;
    this.picture = picture;
    this.takenAt = performance.now() - picture.age_ms;
    this.image.src = `data:image/jpeg;base64,${picture.jpeg}`;
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio;
    if (this.canvas.width !== Math.round(width * ratio))
      this.canvas.width = Math.round(width * ratio);
    if (this.canvas.height !== Math.round(height * ratio))
      this.canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = "#14171a";
    context.fillRect(0, 0, width, height);
    if (!this.picture) return this.#write(context, width, height, this.words("camera_none"));
    const scale = Math.min(width / this.picture.width, height / this.picture.height);
    context.translate(
      (width - scale * this.picture.width) / 2,
      (height - scale * this.picture.height) / 2,
    );
    context.scale(scale, scale);
    if (this.image.complete && this.image.naturalWidth) context.drawImage(this.image, 0, 0);
    this.#overlay(context, scale);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const age_ms = performance.now() - this.takenAt;
    if (age_ms > FROZEN_MS) {
      context.fillStyle = "rgba(20, 23, 26, 0.6)";
      context.fillRect(0, 0, width, height);
      this.#write(
        context,
        width,
        height,
        this.words("camera_frozen", { s: (age_ms / 1000).toFixed(0) }),
      );
    } else if (this.picture.state === "lost") {
      this.#write(
        context,
        width,
        height,
        this.words("camera_lost", { why: this.words.said(this.picture.reason) }),
      );
    }
  }

  #overlay(context, scale) {
    const { ring = [], next = [], struck = [] } = this.picture;
    context.lineWidth = 1.6 / scale;
    context.strokeStyle = "#4fc3f7";
    for (const outline of ring) {
      context.beginPath();
      outline.forEach(([u, v], i) => (i ? context.lineTo(u, v) : context.moveTo(u, v)));
      context.closePath();
      context.stroke();
    }
    const arm = 4 / scale;
    context.strokeStyle = "#ffd54f";
    for (const [u, v] of next) {
      context.beginPath();
      context.moveTo(u - arm, v);
      context.lineTo(u + arm, v);
      context.moveTo(u, v - arm);
      context.lineTo(u, v + arm);
      context.stroke();
    }
    context.strokeStyle = "#81c784";
    for (const [u, v] of struck) {
      context.beginPath();
      context.arc(u, v, 3 / scale, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  #write(context, width, height, text) {
    context.font = "600 16px system-ui, sans-serif";
    context.textAlign = "center";
    const band = 36;
    context.fillStyle = "rgba(20, 23, 26, 0.85)";
    context.fillRect(0, (height - band) / 2, width, band);
    context.fillStyle = "#ffd54f";
    context.fillText(text, width / 2, height / 2 + 6, width - 16);
  }
}
