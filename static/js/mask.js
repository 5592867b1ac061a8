/* A mask painted over the first picture, and words about files before they are sent. Without it a mask is uploaded.

   What was done is kept as a list of strokes, so that undoing is drawing again without the last one. What is painted is
   transparent in the PNG that is sent: there the model draws anew. */

const form = document.getElementById("edit");
const place = document.getElementById("painting");
const picture = document.getElementById("first");
const brushes = document.getElementById("brushes");
const brush = document.getElementById("brush");
const MOST_INPUTS = 16;

const canvas = document.createElement("canvas");
const cursor = document.createElement("div");
const pen = canvas.getContext("2d", { willReadFrequently: true });
canvas.className = "paint";
canvas.id = "mask-canvas";
canvas.setAttribute("aria-label", "Mask over the picture; without a pointer upload a mask instead");
cursor.className = "cursor";
cursor.hidden = true;
place.append(canvas, cursor);

let done = []; // strokes, clear, invert
let undone = [];
let stroke = null;
let erases = false;
let scale = 1; // screen pixels for each of the picture's

/* Drawing. */
const path = ({ points, size, erase }, from = 0) => {
  pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = size;
  pen.strokeStyle = pen.fillStyle = getComputedStyle(canvas).color;
  pen.beginPath();
  const begin = Math.max(0, from - 1);
  pen.moveTo(...points[begin]);
  for (const [x, y] of points.slice(begin)) pen.lineTo(x + 0.01, y); // a line to where it is would be no dot
  pen.stroke();
};
const fill = (operation) => {
  pen.globalCompositeOperation = operation;
  pen.fillStyle = getComputedStyle(canvas).color;
  pen.fillRect(0, 0, canvas.width, canvas.height);
};
const perform = (step) => {
  if (step.points) path(step);
  else fill(step.kind === "invert" ? "source-out" : "destination-out");
};
const redraw = () => {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  done.forEach(perform);
  offer();
};
const offer = () => {
  brushes.querySelector("[data-mask=undo]").disabled = !done.length;
  brushes.querySelector("[data-mask=redo]").disabled = !undone.length;
  for (const name of ["paint", "erase"]) {
    brushes.querySelector(`[data-mask=${name}]`).setAttribute("aria-pressed", String(erases === (name === "erase")));
  }
};
const act = (step) => {
  done.push(step);
  undone = [];
  perform(step);
  offer();
};
const forget = () => {
  done = [];
  undone = [];
  redraw();
};

/* The pointer: mouse, pen or finger. */
const point = (event) => {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.x) * canvas.width) / box.width, ((event.clientY - box.y) * canvas.height) / box.height];
};
const follow = (event) => {
  const box = place.getBoundingClientRect();
  const size = Number(brush.value) * scale;
  cursor.hidden = event.pointerType === "touch";
  Object.assign(cursor.style, {
    width: `${size}px`,
    height: `${size}px`,
    transform: `translate(${event.clientX - box.x - size / 2}px, ${event.clientY - box.y - size / 2}px)`,
  });
};
canvas.addEventListener("pointerdown", (event) => {
  if (event.button || stroke) return;
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  stroke = { points: [point(event)], size: Number(brush.value), erase: erases, pointer: event.pointerId };
  path(stroke);
});
canvas.addEventListener("pointermove", (event) => {
  follow(event);
  if (stroke?.pointer !== event.pointerId) return;
  const from = stroke.points.length;
  for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(point(each));
  if (stroke.points.length === from) stroke.points.push(point(event));
  path(stroke, from);
});
const lift = (event) => {
  if (stroke?.pointer !== event.pointerId) return;
  done.push(stroke);
  undone = [];
  stroke = null;
  offer();
};
canvas.addEventListener("pointerup", lift);
canvas.addEventListener("pointercancel", lift);
canvas.addEventListener("pointerleave", () => { cursor.hidden = true; });

/* Tools. */
const resize = (factor) => {
  brush.value = String(Math.round(Number(brush.value) * factor));
  brush.dispatchEvent(new Event("input"));
};
const tools = {
  paint: () => { erases = false; offer(); },
  erase: () => { erases = true; offer(); },
  invert: () => act({ kind: "invert" }),
  clear: () => act({ kind: "clear" }),
  undo: () => { if (done.length) { undone.push(done.pop()); redraw(); } },
  redo: () => { if (undone.length) { done.push(undone.pop()); redraw(); } },
};
brush.addEventListener("input", () => brush.setAttribute("aria-valuetext", `${brush.value} pixels`));
brushes.addEventListener("click", (event) => tools[event.target.closest("[data-mask]")?.dataset.mask]?.());
const KEYS = { b: "paint", e: "erase", i: "invert" };
document.addEventListener("keydown", (event) => {
  if (brushes.hidden || event.target.closest?.("textarea, select, input:not([type=range], [type=checkbox])")) return;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
    event.preventDefault();
    tools[key === "y" || event.shiftKey ? "redo" : "undo"]();
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
    if (KEYS[key]) tools[KEYS[key]]();
    if (key === "[") resize(1 / 1.25);
    if (key === "]") resize(1.25);
  }
});

/* The first picture: the one the mask lies over. */
const fit = () => {
  if (brushes.hidden) return;
  scale = Math.min(place.clientWidth / canvas.width, place.clientHeight / canvas.height, 1);
  for (const layer of [picture, canvas]) {
    Object.assign(layer.style, { width: `${canvas.width * scale}px`, height: `${canvas.height * scale}px` });
  }
};
const lay = (source, width, height) => {
  const isOther = picture.dataset.source !== source;
  picture.dataset.source = source;
  if (isOther && picture.getAttribute("src") !== source) picture.src = source;
  if (isOther) {
    [canvas.width, canvas.height] = [width, height];
    brush.max = String(Math.max(40, Math.round(Math.min(width, height) / 2)));
    brush.value = String(Math.max(8, Math.round(Math.min(width, height) / 12)));
    forget();
  }
  picture.hidden = canvas.hidden = brushes.hidden = false;
  document.getElementById("hint").hidden = false;
  document.getElementById("nothing")?.remove();
  fit();
};
const uncover = () => {
  picture.hidden = canvas.hidden = brushes.hidden = true;
  document.getElementById("hint").hidden = true;
  delete picture.dataset.source;
  forget();
};
const urls = new Map(); // of files that were chosen
const first = async () => {
  const chosen = form.querySelector("[name=id]:checked") ?? form.querySelector("[name=upload]:checked");
  if (chosen) return lay(chosen.dataset.src, Number(chosen.dataset.width), Number(chosen.dataset.height));
  const [file] = form.files.files;
  if (!file) return uncover();
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "none" });
    if (!urls.has(file)) urls.set(file, URL.createObjectURL(file));
    lay(urls.get(file), bitmap.width, bitmap.height);
    bitmap.close();
  } catch {
    uncover(); // no picture: the server says so at the field
  }
  return undefined;
};

/* Too many, too much: said at the field, before it is sent in vain. */
const complain = (text) => {
  const list = document.createElement("ul");
  const item = document.createElement("li");
  list.className = "errorlist";
  item.textContent = text;
  list.append(item);
  document.getElementById("files-errors").replaceChildren(...(text ? [list] : []));
};
const wrong = () => {
  const files = [...form.files.files];
  const count = form.querySelectorAll("[name=id]:checked, [name=upload]:checked").length + files.length;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const most = Number(form.dataset.most);
  if (count > MOST_INPUTS) return `There are ${count} pictures; ${MOST_INPUTS} at most can go along.`;
  if (bytes > most) return `These files have ${Math.ceil(bytes / 1e6)} MB; ${most / 1e6} MB can be sent at once.`;
  return "";
};
form.addEventListener("change", (event) => {
  if (event.target.matches("[name=id], [name=upload], [name=files]")) {
    complain(wrong());
    first();
  }
});

/* Sending: what is painted becomes the mask's file. */
const exported = () => {
  const layer = pen.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(layer.data.buffer); // alpha is the highest byte
  let isPainted = false;
  for (let at = 0; at < pixels.length; at += 1) {
    const painted = pixels[at] >>> 31; // half or more: no half-transparent edges
    isPainted ||= Boolean(painted);
    pixels[at] = painted ? 0 : 0xff000000;
  }
  if (!isPainted) return null;
  const flat = new OffscreenCanvas(canvas.width, canvas.height);
  flat.getContext("2d").putImageData(layer, 0, 0);
  return flat.convertToBlob({ type: "image/png" });
};
let isReady = false;
let isSent = false;
window.addEventListener("beforeunload", (event) => {
  if (!isSent && (done.length || form.prompt.value.trim())) event.preventDefault(); // the browser asks
});
form.addEventListener("submit", async (event) => {
  const problem = wrong();
  if (problem) {
    event.preventDefault();
    complain(problem);
    form.files.focus();
    return;
  }
  if (isReady || brushes.hidden || !done.length) {
    isSent = true;
    return;
  }
  event.preventDefault();
  const painted = exported();
  if (painted) {
    const files = new DataTransfer();
    files.items.add(new File([await painted], "mask.png", { type: "image/png" }));
    form.mask_file.files = files.files;
  }
  isReady = true;
  form.requestSubmit(event.submitter);
});
window.addEventListener("pageshow", (event) => {
  isReady = isSent = false;
  if (event.persisted) location.reload(); // its token was used
});

new ResizeObserver(fit).observe(place);
first();
