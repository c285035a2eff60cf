// The rig on the head: needle and holder solid, gantry or arm see-through, moved by the axes that the
// daemon reports. The chain is a product of exponentials, as in motion/rig.h.
import * as THREE from "three";
import { litMaterial } from "./lit_material.js";

const RAIL_OVER_MM = 60; // the gantry's bridge above the tilt's pivot when the vertical axis is up
const RAIL_BEYOND_MM = 40; // and beyond the axes' ends
const BEAM_MM = 12;
const NEEDLE_RADIUS_MM = 0.2;

const vector = (list) => new THREE.Vector3(...list);

/** Twelve numbers, the upper rows of a pose, as a matrix. */
function matrixOf(rows) {
  return new THREE.Matrix4().set(...rows, 0, 0, 0, 1);
}

/** The motion of one axis by q. */
function motionOf(axis, q) {
  const direction = vector(axis.direction);
  if (!axis.is_rotary) return new THREE.Matrix4().makeTranslation(direction.multiplyScalar(q));
  const point = vector(axis.point_mm);
  const turn = new THREE.Matrix4().makeRotationAxis(direction, q);
  const there = new THREE.Matrix4().makeTranslation(point.clone().negate());
  return new THREE.Matrix4().makeTranslation(point).multiply(turn).multiply(there);
}

/** Lay a unit cylinder (along y, height 1) from one point to another. */
function layBetween(mesh, from, to, radius) {
  const way = to.clone().sub(from);
  mesh.position.copy(from).addScaledVector(way, 0.5);
  mesh.scale.set(radius, Math.max(1e-3, way.length()), radius);
  mesh.quaternion.setFromUnitVectors(new THREE.Vector3(0, 1, 0), way.normalize());
}

export class RigModel {
  tip = new THREE.Vector3(); // the needle's tip in the head's frame

  constructor(rig) {
    this.rig = rig;
    this.group = new THREE.Group();
    this.group.visible = false;
    this.group.matrixAutoUpdate = false;
    this.steel = litMaterial("#97a3b0");
    this.holder = litMaterial("#97a3b0", 0.5); // it stands over the very dots of interest
    this.beams = litMaterial("#7d8894", 0.35);
    this.unit = new THREE.CylinderGeometry(1, 1, 1, 14);
    this.tool = new THREE.Group();
    this.tool.matrixAutoUpdate = false;
    this.#makeTool();
    this.links = Array.from({ length: rig.axes.length + 2 }, () =>
      this.#add(this.group, this.beams),
    );
    this.group.add(this.tool);
  }

  #add(parent, material) {
    const mesh = new THREE.Mesh(this.unit, material);
    parent.add(mesh);
    return mesh;
  }

  #makeTool() {
    const [lowest] = [...this.rig.capsules].sort((a, b) => a.a_mm[2] - b.a_mm[2]);
    const needleEnd = new THREE.Vector3(0, 0, lowest ? lowest.a_mm[2] : 5);
    layBetween(this.#add(this.tool, this.steel), new THREE.Vector3(), needleEnd, NEEDLE_RADIUS_MM);
    for (const { a_mm, b_mm, radius_mm } of this.rig.capsules)
      layBetween(this.#add(this.tool, this.holder), vector(a_mm), vector(b_mm), radius_mm);
  }

  /** tool: of the state: axes, needle_mm, T_head_rig (missing while the head is lost: not drawn). */
  update(tool) {
    this.group.visible = !!tool?.T_head_rig;
    if (!this.group.visible) return;
    this.group.matrix.copy(matrixOf(tool.T_head_rig));
    const T = new THREE.Matrix4(),
      joints = [];
    for (const i of this.rig.chain) {
      const axis = this.rig.axes[i];
      if (axis.is_rotary) joints.push(vector(axis.point_mm).applyMatrix4(T));
      T.multiply(motionOf(axis, tool.axes[i] ?? 0));
    }
    const T_tool = T.multiply(matrixOf(this.rig.T_rig_tool_zero));
    T_tool.multiply(new THREE.Matrix4().makeTranslation(0, 0, -tool.needle_mm));
    this.tool.matrix.copy(T_tool);
    if (this.rig.kind === "gantry5") this.#layGantry(joints[0]);
    else this.#layArm(joints, new THREE.Vector3().setFromMatrixPosition(T_tool));
    this.tip.setFromMatrixPosition(T_tool).applyMatrix4(this.group.matrix);
  }

  // A column over the pivot, the bridge that carries it, a rail under each of the bridge's ends.
  #layGantry(pivot) {
    const [x, y] = this.rig.axes,
      [column, bridge, left, right, ...rest] = this.links;
    const top = vector(this.rig.axes.find((axis) => axis.is_rotary).point_mm).z + RAIL_OVER_MM;
    const from = x.min - RAIL_BEYOND_MM,
      to = x.max + RAIL_BEYOND_MM;
    const at = (x_mm, y_mm) => new THREE.Vector3(x_mm, y_mm, top);
    layBetween(column, pivot, at(pivot.x, pivot.y), BEAM_MM / 2);
    layBetween(bridge, at(from, pivot.y), at(to, pivot.y), BEAM_MM / 2);
    layBetween(
      left,
      at(from, y.min - RAIL_BEYOND_MM),
      at(from, y.max + RAIL_BEYOND_MM),
      BEAM_MM / 2,
    );
    layBetween(right, at(to, y.min - RAIL_BEYOND_MM), at(to, y.max + RAIL_BEYOND_MM), BEAM_MM / 2);
    for (const link of rest) link.visible = false;
  }

  #layArm(joints, tip) {
    const points = [...joints, tip];
    this.links.forEach((link, i) => {
      link.visible = i + 1 < points.length && points[i].distanceTo(points[i + 1]) > 1;
      if (link.visible) layBetween(link, points[i], points[i + 1], BEAM_MM);
    });
  }
}
