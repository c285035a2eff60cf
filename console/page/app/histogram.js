// A histogram as SVG: bars in the accent, the limit as a line, the axis' ends in numbers.
import { el } from "./dom.js";

const WIDTH = 480,
  HEIGHT = 120,
  FOOT = 18;

function shape(tag, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

/** counts: dots a bin of bin_um, the last with all beyond; limit_um: what is allowed. */
export function histogram(title, { bin_um, limit_um, counts }) {
  const most = Math.max(...counts),
    step = WIDTH / counts.length,
    high = HEIGHT - FOOT;
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  counts.forEach((number, i) => {
    const tall = (number / most) * high;
    svg.append(
      shape("rect", {
        x: i * step + 0.5,
        y: high - tall,
        width: step - 1,
        height: tall,
        class: "count",
      }),
    );
  });
  const limit = (limit_um / bin_um) * step;
  if (limit < WIDTH)
    svg.append(shape("line", { x1: limit, x2: limit, y1: 0, y2: high, class: "limit" }));
  const foot = { y: HEIGHT - 4, class: "foot" };
  svg.append(shape("text", { ...foot, x: 0 }, "0"));
  svg.append(shape("text", { ...foot, x: limit, "text-anchor": "middle" }, `${limit_um}`));
  svg.append(
    shape("text", { ...foot, x: WIDTH, "text-anchor": "end" }, `${bin_um * counts.length} µm`),
  );
  return el("figure", { className: "histogram" }, el("figcaption", {}, title), svg);
}
