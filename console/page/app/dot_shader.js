// How a dot is drawn by its fate: pending hollow, done dark, skipped crossed, doubtful ringed, later
// small, next large. The number of a fate is its place here. From far away, where a dot is a few pixels
// and no form is seen, it is a plain square: that halves the time where the processor draws.
import * as THREE from "three";

export const FATE_ORDER = ["pending", "done", "skipped", "doubtful", "next", "later"];
/** The letters of /case/fates. */
export const LETTER_FATES = { p: "pending", d: "done", s: "skipped", x: "doubtful", l: "later" };
/** Below so many pixels a dot's form is hardly seen, and of so many dots it costs too much. */
const FORM_LEAST_PX = 4,
  FORM_MOST_DOTS = 6000;
const SIZE_MM = 0.8;

const vertexShader = `
  attribute float fate;
  attribute vec3 dotNormal;
  uniform float pixelsPerMm;
  uniform vec3 colours[6];
  varying vec3 vColour;
  varying float vFate;
  varying float vSize;
  void main() {
    vec4 p = modelViewMatrix * vec4(position + 0.35 * dotNormal, 1.0);
    float facing = dot(normalMatrix * dotNormal, normalize(-p.xyz));
    if (facing < 0.05) { // on the far side: beyond the picture
      gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
      return;
    }
    bool isNext = fate > 3.5 && fate < 4.5, isLater = fate > 4.5;
    bool isOdd = fate > 1.5 && fate < 3.5;
    vFate = fate;
    vColour = colours[int(fate + 0.5)] * (0.8 + 0.2 * facing);
    float size_mm = isNext ? 1.3 : isLater ? 0.5 : ${SIZE_MM};
    vSize = clamp(size_mm * pixelsPerMm / -p.z, isNext ? 7.0 : isOdd ? 5.0 : 2.6, 40.0);
    gl_PointSize = vSize;
    gl_Position = projectionMatrix * p;
  }`;

const formShader = `
  varying vec3 vColour;
  varying float vFate;
  varying float vSize;
  void main() {
    vec2 c = 2.0 * gl_PointCoord - 1.0;
    float r = length(c);
    int fate = int(vFate + 0.5);
    if (fate == 2) {
      if (min(abs(c.x - c.y), abs(c.x + c.y)) > 0.42) discard;
    } else if (r > 1.0) discard;
    if (fate == 0 && r < 0.55 && vSize > 6.0) discard; // hollow once there is room for it
    if (fate == 3 && vSize > 5.0 && r > 0.4 && r < 0.7) discard;
    if (fate == 4 && r < 0.6 && r > 0.35) discard;
    gl_FragColor = vec4(vColour, 1.0);
    #include <colorspace_fragment>
  }`;

const plainShader = `
  varying vec3 vColour;
  void main() {
    gl_FragColor = vec4(vColour, 1.0);
    #include <colorspace_fragment>
  }`;

export class DotMaterials {
  constructor() {
    const uniforms = {
      pixelsPerMm: { value: 1 },
      colours: { value: FATE_ORDER.map(() => new THREE.Color()) },
    };
    this.uniforms = uniforms; // one set for both
    this.form = new THREE.ShaderMaterial({ vertexShader, fragmentShader: formShader, uniforms });
    this.plain = new THREE.ShaderMaterial({ vertexShader, fragmentShader: plainShader, uniforms });
  }

  /** The one for so many dots seen from so far. */
  at(distance_mm, count) {
    const size_px = (SIZE_MM * this.uniforms.pixelsPerMm.value) / distance_mm;
    return size_px < FORM_LEAST_PX && count > FORM_MOST_DOTS ? this.plain : this.form;
  }
}
