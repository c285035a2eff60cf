// The head in 3D: the scan, every dot by its fate, the rig. Draws only when something changed, so that
// an idle page costs nothing. Dots are points with their shape drawn in the shader: one draw call for
// fifty thousand, and a change of fate sends the changed numbers alone.
import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { HeadMesh } from "./head_mesh.js";
import { litMaterial } from "./lit_material.js";
import { DotMaterials, FATE_ORDER, LETTER_FATES } from "./dot_shader.js";

const COLUMNS = 12; // of /case/dots: id x y z nx ny nz depth_um diameter_um zone layer shade
const FATE = Object.fromEntries(FATE_ORDER.map((name, i) => [name, i]));
const PIXEL_RATIO_MOST = { hardware: 1.5, software: 1 };
const FILL = { dots: 0.75, head: 0.92 }; // share of the picture's height
const DOTS_TURNING = { first: 8000, least: 2000 }; // drawn in software while the head is turned
const FRAME_MOST_MS = 28,
  FRAME_EASY_MS = 20, // longer, and fewer dots are drawn; shorter, and more
  HAND_RESTS_MS = 250;
const NEWS_WAIT_MS = { hardware: 40, software: 200 }; // what comes from the rig within it is one frame
const NEAREST_MM = 130; // so that a few dots are still seen on a head, and not on a wall of skin

export class HeadView {
  follows = false;
  isTurning = false;
  dotsTurning = DOTS_TURNING.first;
  #next = [];
  #isAsked = false;
  #drawnAt_ms = -Infinity;

  constructor(canvas) {
    this.canvas = canvas;
    this.isSoftware = isDrawnInSoftware();
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: !this.isSoftware });
    this.scene = new THREE.Scene();
    this.camera = new THREE.PerspectiveCamera(30, 1, 10, 3000);
    this.camera.up.set(0, 0, 1);
    this.camera.position.set(160, 330, 330);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = false;
    this.controls.addEventListener("change", () => this.draw());
    this.controls.addEventListener("start", () => this.#setTurning(true));
    this.controls.addEventListener("end", () => this.#setTurning(false));
    this.skin = litMaterial("#ffffff");
    this.dotMaterials = new DotMaterials();
    new ResizeObserver(() => this.#resize()).observe(canvas.parentElement);
  }

  get drawer() {
    return this.isSoftware ? "software" : "hardware";
  }

  setTheme(colours) {
    this.renderer.setClearColor(colours.ground);
    this.skin.uniforms.colour.value.set(colours.skin);
    this.dotMaterials.uniforms.colours.value = FATE_ORDER.map(
      (name) => new THREE.Color(colours[name]),
    );
    this.draw();
  }

  setHead(buffer) {
    this.#replace("head", new HeadMesh(buffer, this.skin));
  }

  setDots(buffer, letters) {
    this.rows = new Float32Array(buffer);
    const count = this.rows.length / COLUMNS;
    const positions = new Float32Array(3 * count),
      normals = new Float32Array(3 * count);
    for (let i = 0; i < count; i++)
      for (let k = 0; k < 3; k++) {
        positions[3 * i + k] = this.rows[i * COLUMNS + 1 + k];
        normals[3 * i + k] = this.rows[i * COLUMNS + 4 + k];
      }
    this.fates = Float32Array.from(
      new Uint8Array(letters),
      (code) => FATE[LETTER_FATES[String.fromCharCode(code)]] ?? 0,
    );
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(positions, 3));
    geometry.setAttribute("dotNormal", new THREE.BufferAttribute(normals, 3));
    this.shown = new THREE.BufferAttribute(Float32Array.from(this.fates), 1);
    this.shown.setUsage(THREE.DynamicDrawUsage);
    geometry.setAttribute("fate", this.shown);
    geometry.setIndex(new THREE.BufferAttribute(spreadOrder(count), 1));
    geometry.computeBoundingSphere();
    this.#replace("points", new THREE.Points(geometry, this.dotMaterials.form));
    this.#next = [];
    this.facing = meanOf(normals);
    this.lookAtDots();
  }

  // Where the processor draws, the head follows the hand coarser and with as many dots as keep up; all
  // stand when it rests.
  #setTurning(isTurning) {
    this.isTurning = isTurning && this.isSoftware;
    this.head?.setCoarse(this.isTurning);
    this.#limitDots();
    this.draw();
  }

  #limitDots() {
    this.points?.geometry.setDrawRange(0, this.isTurning ? Math.round(this.dotsTurning) : Infinity);
  }

  // By the time from frame to frame; a hand that rests tells nothing.
  #keepUp() {
    const now_ms = performance.now(),
      took_ms = now_ms - this.#drawnAt_ms;
    this.#drawnAt_ms = now_ms;
    if (took_ms > HAND_RESTS_MS) return;
    const factor = took_ms > FRAME_MOST_MS ? 0.85 : took_ms < FRAME_EASY_MS ? 1.05 : 1;
    this.dotsTurning = Math.max(
      DOTS_TURNING.least,
      Math.min(this.fates.length, this.dotsTurning * factor),
    );
    this.#limitDots();
  }

  #replace(name, object) {
    if (this[name]) {
      this.scene.remove(this[name]);
      (this[name].geometry ?? this[name]).dispose();
    }
    this[name] = object;
    this.scene.add(object);
    this.draw();
  }

  setRig(rigModel) {
    if (this.rigModel) this.scene.remove(this.rigModel.group);
    this.rigModel = rigModel;
    this.scene.add(rigModel.group);
  }

  /** From where most dots face, so that they fill the picture. */
  lookAtDots() {
    if (!this.points) return;
    const { center, radius } = this.points.geometry.boundingSphere;
    this.#lookFrom(center, this.facing, radius, FILL.dots);
  }

  lookAtHead() {
    if (!this.head) return;
    const { center, radius } = this.head.sphere;
    const front = new THREE.Vector3(0, 1, 0.45).normalize(); // the face looks along +y
    this.#lookFrom(center, this.facing?.clone().add(front).normalize() ?? front, radius, FILL.head);
  }

  lookAt({ index }) {
    const at = index * COLUMNS;
    const place = new THREE.Vector3(...this.rows.subarray(at + 1, at + 4));
    this.#lookFrom(place, new THREE.Vector3(...this.rows.subarray(at + 4, at + 7)), 5, FILL.dots);
  }

  // A little from the side, so that the head's form is seen.
  #lookFrom(center, facing, radius, share) {
    const from = facing
      .clone()
      .add(new THREE.Vector3(0.1, 0.45, 0))
      .normalize();
    const narrow = Math.min(1, this.camera.aspect);
    const half = Math.tan((this.camera.fov * Math.PI) / 360) * narrow * share;
    this.controls.target.copy(center);
    this.camera.position.copy(center).addScaledVector(from, Math.max(NEAREST_MM, radius / half));
    this.controls.update();
    this.draw();
  }

  setFates(changes) {
    if (!this.shown) return;
    for (const [index, name] of changes) {
      this.fates[index] = FATE[name] ?? 0;
      this.#show(index, this.fates[index]);
    }
    this.#drawNews();
  }

  setNext(indexes) {
    if (!this.shown || !indexes) return;
    for (const index of this.#next) this.#show(index, this.fates[index]);
    for (const index of indexes)
      if (this.fates[index] === FATE.pending) this.#show(index, FATE.next);
    this.#next = indexes;
    this.#drawNews();
  }

  #show(index, fate) {
    if (this.shown.array[index] === fate) return;
    this.shown.array[index] = fate;
    this.shown.addUpdateRange(index, 1);
    this.shown.needsUpdate = true;
  }

  setTool(tool) {
    if (!this.rigModel) return;
    const before = this.rigModel.tip.clone();
    this.rigModel.update(tool);
    if (this.follows && this.rigModel.group.visible) {
      const step = this.rigModel.tip.clone().sub(before);
      if (!this.wasFollowing) step.copy(this.rigModel.tip).sub(this.controls.target);
      this.controls.target.add(step);
      this.camera.position.add(step);
    }
    this.wasFollowing = this.follows;
    this.#drawNews();
  }

  /** Dots of a fate: [{ id, index }]. */
  dotsOf(name) {
    const found = [];
    this.fates?.forEach((fate, index) => {
      if (fate === FATE[name]) found.push({ index, id: this.rows[index * COLUMNS] });
    });
    return found;
  }

  /** The dot nearest to a place on the canvas: id, index, fate's name; null when none is near. */
  pick(x, y, most_px = 12) {
    if (!this.points) return null;
    const at = new THREE.Vector3(),
      normal = new THREE.Vector3(),
      sight = new THREE.Vector3();
    let best = null,
      nearest = most_px;
    for (let i = 0; i < this.fates.length; i++) {
      at.fromArray(this.rows, i * COLUMNS + 1);
      normal.fromArray(this.rows, i * COLUMNS + 4);
      if (normal.dot(sight.copy(this.camera.position).sub(at)) <= 0) continue;
      at.project(this.camera);
      const dx = ((at.x + 1) / 2) * this.canvas.clientWidth - x;
      const dy = ((1 - at.y) / 2) * this.canvas.clientHeight - y;
      const distance = Math.hypot(dx, dy);
      if (distance >= nearest) continue;
      nearest = distance;
      best = { index: i, id: this.rows[i * COLUMNS], fate: FATE_ORDER[this.fates[i]] };
    }
    return best;
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !height) return;
    const wasNew = !this.hasSize;
    this.hasSize = true;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, PIXEL_RATIO_MOST[this.drawer]));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    const half = Math.tan((this.camera.fov * Math.PI) / 360);
    this.dotMaterials.uniforms.pixelsPerMm.value =
      (this.renderer.getPixelRatio() * height) / (2 * half);
    if (wasNew) this.lookAtDots();
    this.draw();
  }

  #drawNews() {
    this.newsTimer ??= setTimeout(() => {
      this.newsTimer = undefined;
      this.draw();
    }, NEWS_WAIT_MS[this.drawer]);
  }

  /** Draw once, at the next frame, however often it is asked for. */
  draw() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      if (this.canvas.offsetParent === null) return;
      if (this.isTurning && this.points) this.#keepUp();
      const distance_mm = this.camera.position.distanceTo(this.controls.target);
      if (this.points) this.points.material = this.dotMaterials.at(distance_mm, this.fates.length);
      this.renderer.render(this.scene, this.camera);
    });
  }
}

/** Indexes in an order of which every beginning is spread over the whole: steps of the golden ratio. */
function spreadOrder(count) {
  const order = new Uint32Array(count);
  let step = Math.max(1, Math.round(count * 0.618));
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  while (divisor(count, step) > 1) step++;
  for (let i = 0, at = 0; i < count; i++, at = (at + step) % count) order[i] = at;
  return order;
}

/** Smooth edges cost four times the filling: too much where the processor draws. */
function isDrawnInSoftware() {
  const gl = document.createElement("canvas").getContext("webgl2");
  const about = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = about ? gl.getParameter(about.UNMASKED_RENDERER_WEBGL) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
}

function meanOf(normals) {
  const mean = new THREE.Vector3();
  for (let i = 0; i < normals.length; i += 3) {
    mean.x += normals[i];
    mean.y += normals[i + 1];
    mean.z += normals[i + 2];
  }
  return mean.normalize();
}
