// The head's surface, fine and coarse. Where the processor draws, the coarse one stands in while the head
// is turned: its cost is that of its corners, hardly that of its pixels.
import * as THREE from "three";

const COARSE_MM = 5; // side of the cells whose corners become one
const CELLS_MOST = 2048; // along an axis: 10 m

function geometryOf(positions, indexes) {
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(positions, 3));
  geometry.setIndex(new THREE.BufferAttribute(indexes, 1));
  geometry.computeVertexNormals();
  geometry.computeBoundingSphere();
  return geometry;
}

/** Corners within a cell become their mean; triangles that thereby vanish are left out (vertex
 * clustering: Rossignac and Borrel, Multi-resolution 3D approximations, 1993). */
export function coarsen(positions, indexes, cell_mm = COARSE_MM) {
  const cellOf = (i) =>
    [0, 1, 2].reduce(
      (key, k) => key * CELLS_MOST + Math.floor(positions[3 * i + k] / cell_mm) + CELLS_MOST / 2,
      0,
    );
  const places = new Map(),
    sums = [], // x, y, z, how many
    corner = new Uint32Array(positions.length / 3);
  for (let i = 0; i < corner.length; i++) {
    const cell = cellOf(i);
    if (!places.has(cell)) {
      places.set(cell, sums.length / 4);
      sums.push(0, 0, 0, 0);
    }
    corner[i] = places.get(cell);
    for (let k = 0; k < 3; k++) sums[4 * corner[i] + k] += positions[3 * i + k];
    sums[4 * corner[i] + 3]++;
  }
  const means = Float32Array.from(
    { length: 3 * places.size },
    (_, n) => sums[4 * Math.floor(n / 3) + (n % 3)] / sums[4 * Math.floor(n / 3) + 3],
  );
  const kept = [];
  for (let t = 0; t < indexes.length; t += 3) {
    const [a, b, c] = [corner[indexes[t]], corner[indexes[t + 1]], corner[indexes[t + 2]]];
    if (a !== b && b !== c && c !== a) kept.push(a, b, c);
  }
  return { positions: means, indexes: Uint32Array.from(kept) };
}

export class HeadMesh extends THREE.Group {
  /** Counts of vertices and triangles, positions, indexes, as the console serves them. */
  constructor(buffer, material) {
    super();
    const [vertices, triangles] = new Uint32Array(buffer, 0, 2);
    const positions = new Float32Array(buffer, 8, 3 * vertices);
    const indexes = new Uint32Array(buffer, 8 + 12 * vertices, 3 * triangles);
    const coarse = coarsen(positions, indexes);
    this.fine = new THREE.Mesh(geometryOf(positions, indexes), material);
    this.coarse = new THREE.Mesh(geometryOf(coarse.positions, coarse.indexes), material);
    this.add(this.fine, this.coarse);
    this.setCoarse(false);
  }

  setCoarse(isCoarse) {
    this.coarse.visible = isCoarse;
    this.fine.visible = !isCoarse;
  }

  get sphere() {
    return this.fine.geometry.boundingSphere;
  }

  dispose() {
    for (const mesh of [this.fine, this.coarse]) mesh.geometry.dispose();
  }
}
