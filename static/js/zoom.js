/* Zoom and pan: by buttons, keys, wheel, pointer and pinch. Several pictures on a page move together. Without it the
   picture is fitted by the stylesheet, and a link leads to the original. */

const viewers = [...document.querySelectorAll("[data-zoom]")];
const tools = document.querySelector("[data-zoom-tools]");
const STEP = 1.25;
const MOST = 8; // screen pixels for each of the picture's
const KEY_STEP = 0.15; // of the window

/* What all of them show: how much larger than fitted, and which point, as a part of the picture, is in the middle. */
const state = { factor: 1, x: 0.5, y: 0.5 };

const sizes = (viewer) => {
  const image = viewer.querySelector("img");
  const [width, height] = [Number(image.dataset.width), Number(image.dataset.height)];
  const fit = Math.min(viewer.clientWidth / width, viewer.clientHeight / height, 1);
  return { image, width, height, fit, scale: fit * state.factor };
};
const within = (value, least, most) => Math.min(Math.max(value, least), most);
const middle = (at, shown, window) => (shown <= window ? 0.5 : within(at, window / 2 / shown, 1 - window / 2 / shown));

/* The preview is there first; the original comes when more of it can be seen. */
const sharpen = async (image) => {
  if (image.dataset.sharp) return;
  image.dataset.sharp = "coming";
  const original = new Image();
  original.src = image.dataset.original;
  try {
    await original.decode();
    image.src = original.src;
    image.dataset.sharp = "yes";
  } catch {
    delete image.dataset.sharp;
  }
};

const draw = () => {
  for (const viewer of viewers) {
    const { image, width, height, scale } = sizes(viewer);
    const [w, h] = [width * scale, height * scale];
    const x = viewer.clientWidth / 2 - middle(state.x, w, viewer.clientWidth) * w;
    const y = viewer.clientHeight / 2 - middle(state.y, h, viewer.clientHeight) * h;
    Object.assign(image.style, { width: `${w}px`, height: `${h}px`, transform: `translate(${x}px, ${y}px)` });
    viewer.classList.toggle("is-zoomed", state.factor > 1);
    if (state.factor > 1) sharpen(image);
  }
  const scale = tools?.querySelector(".scale");
  if (scale) scale.textContent = state.factor === 1 ? "fit" : `${Math.round(100 * sizes(viewers[0]).scale)} %`;
};

/* Keep the point under the pointer where it is. */
const zoom = (factor, viewer = viewers[0], at = null) => {
  const before = sizes(viewer);
  const most = Math.max(MOST / before.fit, 1);
  const next = within(factor, 1, most);
  const box = viewer.getBoundingClientRect();
  const [dx, dy] = at ? [at.x - box.x - box.width / 2, at.y - box.y - box.height / 2] : [0, 0];
  const [w, h] = [before.width * before.fit, before.height * before.fit];
  const [x, y] = [middle(state.x, w * state.factor, box.width), middle(state.y, h * state.factor, box.height)];
  state.x = x + dx / (w * state.factor) - dx / (w * next);
  state.y = y + dy / (h * state.factor) - dy / (h * next);
  state.factor = next;
  settle(viewer);
};
const settle = (viewer) => {
  const { width, height, scale } = sizes(viewer);
  state.x = middle(state.x, width * scale, viewer.clientWidth);
  state.y = middle(state.y, height * scale, viewer.clientHeight);
  draw();
};
const move = (viewer, dx, dy) => {
  const { width, height, scale } = sizes(viewer);
  state.x -= dx / (width * scale);
  state.y -= dy / (height * scale);
  settle(viewer);
};
const full = (viewer) => Math.max(1 / sizes(viewer).fit, 1.0001); // a small picture fits at 100 % already
const to = {
  in: () => zoom(state.factor * STEP),
  out: () => zoom(state.factor / STEP),
  fit: () => zoom(1),
  full: () => zoom(full(viewers[0])),
};

const arm = (viewer) => {
  const pointers = new Map();
  let moved = 0;
  viewer.classList.add("is-armed");
  viewer.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(state.factor * (event.deltaY < 0 ? STEP : 1 / STEP), viewer, event);
  }, { passive: false });
  viewer.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pointers.set(event.pointerId, event);
    moved = pointers.size > 1 ? Infinity : 0;
    if (state.factor > 1) viewer.setPointerCapture(event.pointerId);
  });
  viewer.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers.values()].find((one) => one.pointerId !== event.pointerId);
    if (other) {
      const apart = (one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
      const between = { x: (event.x + other.x) / 2, y: (event.y + other.y) / 2 };
      zoom(state.factor * (apart(event) / apart(before)), viewer, between);
    } else if (state.factor > 1) {
      move(viewer, event.x - before.x, event.y - before.y);
    }
    moved += Math.hypot(event.x - before.x, event.y - before.y);
    pointers.set(event.pointerId, event);
  });
  for (const type of ["pointerup", "pointercancel", "pointerleave"]) {
    viewer.addEventListener(type, (event) => { pointers.delete(event.pointerId); });
  }
  viewer.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab with the original
    event.preventDefault();
    if (moved > 6) return;
    zoom(state.factor > 1 ? 1 : full(viewer), viewer, event.detail ? event : null);
  });
};

const KEYS = { "+": "in", "=": "in", "-": "out", "0": "fit", "1": "full" };
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const isTyping = (event) => event.target.closest?.("input, textarea, select, [contenteditable]");

if (viewers.length) {
  viewers.forEach(arm);
  if (tools) tools.hidden = false;
  tools?.addEventListener("click", (event) => { to[event.target.closest("[data-zoom-to]")?.dataset.zoomTo]?.(); });
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && state.factor > 1) {
      event.preventDefault(); // the page is left by the next one
      to.fit();
    } else if (KEYS[event.key]) {
      event.preventDefault();
      to[KEYS[event.key]]();
    } else if (ARROWS[event.key] && state.factor > 1) {
      event.preventDefault(); // and so no other picture is opened
      const [x, y] = ARROWS[event.key];
      move(viewers[0], x * KEY_STEP * viewers[0].clientWidth, y * KEY_STEP * viewers[0].clientHeight);
    }
  }, true);
  const watch = new ResizeObserver(draw);
  for (const viewer of viewers) watch.observe(viewer);
  draw();
}
