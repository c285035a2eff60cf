// How a dot is drawn by its fate: pending hollow, done dark, skipped crossed, doubtful ringed, later
// small, next large. The number of a fate is its place here.
export const FATE_ORDER = ["pending", "done", "skipped", "doubtful", "next", "later"];
/** The letters of /case/fates. */
export const LETTER_FATES = { p: "pending", d: "done", s: "skipped", x: "doubtful", l: "later" };

export const vertexShader = `
  attribute float fate;
  attribute vec3 dotNormal;
  uniform float pixelsPerMm;
  varying float vFate;
  varying float vFacing;
  varying float vSize;
  void main() {
    vec4 p = modelViewMatrix * vec4(position + 0.35 * dotNormal, 1.0);
    vec3 n = normalize(normalMatrix * dotNormal);
    bool isNext = fate > 3.5 && fate < 4.5, isLater = fate > 4.5;
    bool isOdd = fate > 1.5 && fate < 3.5;
    vFacing = dot(n, normalize(-p.xyz));
    vFate = fate;
    float size_mm = isNext ? 1.3 : isLater ? 0.5 : 0.8;
    vSize = clamp(size_mm * pixelsPerMm / -p.z, isNext ? 7.0 : isOdd ? 6.0 : 2.6, 40.0);
    gl_PointSize = vSize;
    gl_Position = vFacing > 0.05 ? projectionMatrix * p : vec4(2.0, 2.0, 2.0, 1.0);
  }`;

export const fragmentShader = `
  uniform vec3 colours[6];
  varying float vFate;
  varying float vFacing;
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
    gl_FragColor = vec4(colours[fate] * (0.8 + 0.2 * vFacing), 1.0);
    #include <colorspace_fragment>
  }`;
