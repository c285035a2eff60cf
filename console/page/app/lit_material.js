// Skin and steel: lit at the vertices by lights that stand with the onlooker (a key to the upper left, a
// fill to the right, some light from above). The scan is fine enough for it, and drawing in software
// then costs little more than filling the picture.
import * as THREE from "three";

const vertexShader = `
  uniform vec3 colour;
  varying vec3 vColour;
  void main() {
    vec3 n = normalize(normalMatrix * normal);
    float key = max(dot(n, normalize(vec3(-0.75, 0.65, 0.75))), 0.0);
    float fill = max(dot(n, normalize(vec3(0.8, -0.1, 0.6))), 0.0);
    float sky = 0.5 + 0.5 * n.y;
    float edge = 1.0 - abs(n.z);
    vec3 light = vec3(0.74) * key + vec3(0.16, 0.18, 0.22) * fill + vec3(0.30) * sky;
    vColour = colour * (light + 0.05) * (1.0 - 0.35 * edge * edge);
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
  }`;

const fragmentShader = `
  uniform float opacity;
  varying vec3 vColour;
  void main() {
    gl_FragColor = vec4(vColour, opacity);
    #include <colorspace_fragment>
  }`;

/** A material of one colour; below 1, opacity lets what is behind show through. */
export function litMaterial(colour, opacity = 1) {
  return new THREE.ShaderMaterial({
    vertexShader,
    fragmentShader,
    uniforms: { colour: { value: new THREE.Color(colour) }, opacity: { value: opacity } },
    transparent: opacity < 1,
    depthWrite: opacity === 1,
  });
}
