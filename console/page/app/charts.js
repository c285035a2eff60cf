// Strip charts of the last minute, each with its limits drawn in.
import uPlot from "uplot";

const WINDOW_S = 60;
const REDRAW_S = 0.25; // the eye reads a trend, not each value

export class Strip {
  /** limits: [{ value, colour }], most: top of the scale. */
  constructor(holder, { limits, most, colours }) {
    this.holder = holder;
    this.limits = limits;
    this.most = most;
    this.times = [];
    this.values = [];
    this.drawnAt_s = 0;
    this.setTheme(colours);
    new ResizeObserver(() => this.#resize()).observe(holder);
  }

  setTheme(colours) {
    this.colours = colours;
    this.chart?.destroy();
    const axis = {
      stroke: colours.faint,
      grid: { stroke: colours.line, width: 1 },
      ticks: { show: false },
      font: "11px system-ui",
    };
    this.chart = new uPlot(
      {
        width: Math.max(60, this.holder.clientWidth),
        height: Math.max(40, this.holder.clientHeight),
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: (u, low, high) => [high - WINDOW_S, high] },
          y: { range: [0, this.most] },
        },
        axes: [
          { ...axis, show: false },
          { ...axis, size: 34, space: 18 },
        ],
        series: [{}, { stroke: colours.ink, width: 1.4, points: { show: false } }],
        hooks: { draw: [(u) => this.#drawLimits(u)] },
      },
      [this.times, this.values],
      this.holder,
    );
  }

  #drawLimits(u) {
    const { ctx, bbox } = u;
    ctx.save();
    for (const { value, colour } of this.limits) {
      const y = u.valToPos(value, "y", true);
      ctx.strokeStyle = this.colours[colour];
      ctx.setLineDash([6, 4]);
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  add(value) {
    const now_s = performance.now() / 1000;
    this.times.push(now_s);
    this.values.push(value === null ? null : Math.min(value, this.most));
    while (this.times.length && this.times[0] < now_s - WINDOW_S) {
      this.times.shift();
      this.values.shift();
    }
    if (now_s - this.drawnAt_s < REDRAW_S) return;
    this.drawnAt_s = now_s;
    this.chart.setData([this.times, this.values]);
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (width && height) this.chart.setSize({ width, height });
  }
}
