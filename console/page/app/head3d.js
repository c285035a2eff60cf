// The head in 3D: the scan, every dot by its fate, the needle. Draws only when something changed, so
// that an idle page costs nothing. Dots are points with their shape drawn in the shader: one draw call
// for fifty thousand.
import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

const COLUMNS = 12; // of /case/dots: id x y z nx ny nz depth_um diameter_um zone layer shade
export const FATE = { pending: 0, done: 1, skipped: 2, doubtful: 3, next: 4 };
const LETTERS = { p: 0, d: 1, s: 2, x: 3 };

const vertexShader = `
  attribute float fate;
  attribute vec3 dotNormal;
  uniform float pixelsPerMm;
  varying float vFate;
  varying float vFacing;
  varying float vSize;
  void main() {
    vec4 p = modelViewMatrix * vec4(position + 0.35 * dotNormal, 1.0);
    vec3 n = normalize(normalMatrix * dotNormal);
    vFacing = dot(n, normalize(-p.xyz));
    vFate = fate;
    float size_mm = fate > 3.5 ? 1.5 : 0.9;
    vSize = clamp(size_mm * pixelsPerMm / -p.z, fate > 3.5 ? 7.0 : fate > 1.5 ? 5.0 : 2.5, 40.0);
    gl_PointSize = vSize;
    gl_Position = vFacing > 0.05 ? projectionMatrix * p : vec4(2.0, 2.0, 2.0, 1.0);
  }`;

const fragmentShader = `
  uniform vec3 colours[5];
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
    if (fate == 0 && r < 0.55 && vSize > 7.0) discard; // hollow once there is room for it
    if (fate == 3 && vSize > 5.0 && r > 0.4 && r < 0.7) discard;
    if (fate == 4 && r < 0.5 && r > 0.25) discard;
    gl_FragColor = vec4(colours[fate] * (0.75 + 0.25 * vFacing), 1.0);
    #include <colorspace_fragment>
  }`;

export class HeadView {
  constructor(canvas, onNeedMore) {
    this.canvas = canvas;
    this.onNeedMore = onNeedMore;
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true });
    this.scene = new THREE.Scene();
    this.camera = new THREE.PerspectiveCamera(35, 1, 10, 2000);
    this.camera.up.set(0, 0, 1);
    this.camera.position.set(160, 330, 330);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = false;
    this.controls.addEventListener("change", () => this.draw());
    this.light = new THREE.DirectionalLight(0xffffff, 1.6);
    this.scene.add(new THREE.HemisphereLight(0xffffff, 0x8890a0, 1.3), this.light);
    this.material = new THREE.MeshLambertMaterial({ color: 0xb9a79a });
    this.dotMaterial = new THREE.ShaderMaterial({
      vertexShader,
      fragmentShader,
      uniforms: {
        pixelsPerMm: { value: 1 },
        colours: { value: Array.from({ length: 5 }, () => new THREE.Color()) },
      },
    });
    this.needle = this.#makeNeedle();
    this.scene.add(this.needle);
    this.next = [];
    this.follows = false;
    this.drawn = 0;
    new ResizeObserver(() => this.#resize()).observe(canvas.parentElement);
  }

  #makeNeedle() {
    const group = new THREE.Group();
    const steel = new THREE.MeshLambertMaterial({ color: 0x8d99a6 });
    const part = (bottom, top, from, to) => {
      const mesh = new THREE.Mesh(new THREE.CylinderGeometry(top, bottom, to - from, 16), steel);
      mesh.rotation.x = Math.PI / 2;
      mesh.position.z = (from + to) / 2;
      return mesh;
    };
    group.add(part(0.1, 0.5, 0, 5), part(1.2, 1.8, 5, 16), part(7, 8, 18, 60));
    group.visible = false;
    return group;
  }

  setTheme(colours) {
    this.renderer.setClearColor(colours.ground);
    this.material.color.set(colours.skin);
    this.dotMaterial.uniforms.colours.value = colours.dots.map((text) => new THREE.Color(text));
    this.draw();
  }

  setHead(buffer) {
    const [vertices, triangles] = new Uint32Array(buffer, 0, 2);
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute(
      "position",
      new THREE.BufferAttribute(new Float32Array(buffer, 8, 3 * vertices), 3),
    );
    geometry.setIndex(
      new THREE.BufferAttribute(new Uint32Array(buffer, 8 + 12 * vertices, 3 * triangles), 1),
    );
    geometry.computeVertexNormals();
    geometry.computeBoundingSphere();
    if (this.head) this.scene.remove(this.head);
    this.head = new THREE.Mesh(geometry, this.material);
    this.scene.add(this.head);
    this.draw();
  }

  setDots(buffer, fates) {
    const rows = new Float32Array(buffer);
    const count = rows.length / COLUMNS;
    const positions = new Float32Array(3 * count),
      normals = new Float32Array(3 * count);
    for (let i = 0; i < count; i++) {
      positions.set(rows.subarray(i * COLUMNS + 1, i * COLUMNS + 4), 3 * i);
      normals.set(rows.subarray(i * COLUMNS + 4, i * COLUMNS + 7), 3 * i);
    }
    this.rows = rows;
    this.fates = Float32Array.from(
      new Uint8Array(fates),
      (code) => LETTERS[String.fromCharCode(code)] ?? 0,
    );
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(positions, 3));
    geometry.setAttribute("dotNormal", new THREE.BufferAttribute(normals, 3));
    this.fateAttribute = new THREE.BufferAttribute(Float32Array.from(this.fates), 1);
    geometry.setAttribute("fate", this.fateAttribute);
    geometry.computeBoundingSphere();
    if (this.points) this.scene.remove(this.points);
    this.points = new THREE.Points(geometry, this.dotMaterial);
    this.scene.add(this.points);
    this.next = [];
    this.#lookAtDots(geometry.boundingSphere, normals);
  }

  // From where most dots face.
  #lookAtDots(sphere, normals) {
    const mean = new THREE.Vector3();
    for (let i = 0; i < normals.length; i += 3)
      mean.add(new THREE.Vector3(normals[i], normals[i + 1], normals[i + 2]));
    mean
      .normalize()
      .add(new THREE.Vector3(0.25, 0.45, 0))
      .normalize();
    this.controls.target.copy(sphere.center);
    this.camera.position
      .copy(sphere.center)
      .addScaledVector(mean, Math.max(180, 3.2 * sphere.radius));
    this.controls.update();
    this.draw();
  }

  setFates(changes) {
    if (!this.fateAttribute) return;
    for (const [index, name] of changes) {
      this.fates[index] = FATE[name];
      this.fateAttribute.array[index] = FATE[name];
    }
    this.fateAttribute.needsUpdate = true;
    this.draw();
  }

  setNext(indexes) {
    if (!this.fateAttribute || !indexes) return;
    for (const index of this.next) this.fateAttribute.array[index] = this.fates[index];
    for (const index of indexes)
      if (this.fates[index] === FATE.pending) this.fateAttribute.array[index] = FATE.next;
    this.next = indexes;
    this.fateAttribute.needsUpdate = true;
    this.draw();
  }

  setTool(tool) {
    this.needle.visible = !!tool?.p_head_mm;
    if (!this.needle.visible) return this.draw();
    const axis = new THREE.Vector3(...tool.n_head);
    this.needle.quaternion.setFromUnitVectors(new THREE.Vector3(0, 0, 1), axis);
    this.needle.position.set(...tool.p_head_mm).addScaledVector(axis, -tool.needle_mm);
    if (this.follows) {
      const step = this.needle.position.clone().sub(this.controls.target);
      this.controls.target.add(step);
      this.camera.position.add(step);
    }
    this.draw();
  }

  /** The pending dot nearest to a place on the canvas, its row; null when none is near. */
  pick(x, y, most_px = 12) {
    if (!this.points) return null;
    const at = new THREE.Vector3(),
      normal = new THREE.Vector3();
    let best = null,
      nearest = most_px;
    for (let i = 0; i < this.fates.length; i++) {
      const row = this.rows.subarray(i * COLUMNS, (i + 1) * COLUMNS);
      at.set(row[1], row[2], row[3]);
      normal.set(row[4], row[5], row[6]);
      if (normal.dot(this.camera.position.clone().sub(at)) <= 0) continue;
      at.project(this.camera);
      const dx = ((at.x + 1) / 2) * this.canvas.clientWidth - x,
        dy = ((1 - at.y) / 2) * this.canvas.clientHeight - y;
      const distance = Math.hypot(dx, dy);
      if (distance < nearest) {
        nearest = distance;
        best = { index: i, id: row[0], fate: this.fates[i] };
      }
    }
    return best;
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 1.5));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.dotMaterial.uniforms.pixelsPerMm.value =
      (this.renderer.getPixelRatio() * height) / (2 * Math.tan((this.camera.fov * Math.PI) / 360));
    this.draw();
  }

  /** Draw once, at the next frame, however often it is asked for. */
  draw() {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      if (this.canvas.offsetParent === null) return;
      this.light.position.copy(this.camera.position);
      this.renderer.render(this.scene, this.camera);
      this.drawn++;
    });
  }
}
