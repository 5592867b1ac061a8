/* The gallery by keyboard: arrows go through the grid, Space chooses, F marks, Del deletes. Without it links and boxes work. */

const grid = () => document.getElementById("grid");
const pictures = () => [...(grid()?.querySelectorAll(".cell:not(.gone) a.opens") ?? [])];
const cellOf = (element) => element?.closest?.(".cell");
const boxOf = (cell) => cell.querySelector(".choose input");
const chosen = () => [...(grid()?.querySelectorAll(".choose input:checked") ?? [])];

/* One picture of the grid is reached by Tab, the others by arrows; so are its box and its star. */
let current = ""; // the id of its cell
const rove = () => {
  const all = pictures();
  const now = all.find((picture) => cellOf(picture).id === current) ?? all[0];
  for (const picture of all) {
    const tabIndex = picture === now ? 0 : -1;
    if (picture.tabIndex === tabIndex && picture.hasAttribute("tabindex")) continue;
    for (const part of cellOf(picture).querySelectorAll("a.opens, .choose input, .star")) part.tabIndex = tabIndex;
  }
  return now;
};
const go = (picture) => {
  current = cellOf(picture).id;
  rove();
  picture.focus({ preventScroll: true });
  picture.scrollIntoView({ block: "nearest" });
};
document.addEventListener("focusin", (event) => {
  const cell = grid()?.contains(event.target) && cellOf(event.target);
  if (!cell || cell.id === current) return;
  current = cell.id;
  rove();
});

/* How many are chosen. */
const count = () => {
  const place = document.querySelector("#bulk [data-count]");
  const number = chosen().length;
  if (place) place.textContent = number ? `${number} chosen` : "";
};
const choose = (cells, isChosen) => {
  for (const cell of cells) boxOf(cell).checked = isChosen;
  count();
};

/* A way through the grid with Shift: from where it began to where it is, and no further. */
let begin = null;
let way = [];
const extend = (all, from, to) => {
  begin ??= from;
  const [first, last] = [begin, to].map((picture) => all.indexOf(picture)).sort((a, b) => a - b);
  choose(way, false);
  way = all.slice(first, last + 1).map(cellOf);
  choose(way, true);
};
const endWay = () => { begin = null; way = []; };

const columns = (all) => {
  const top = cellOf(all[0]).offsetTop;
  const index = all.findIndex((picture) => cellOf(picture).offsetTop !== top);
  return index < 0 ? all.length : index;
};
const target = (key, all, index) => {
  switch (key) {
    case "ArrowLeft": return index - 1;
    case "ArrowRight": return index + 1;
    case "ArrowUp": return index - columns(all);
    case "ArrowDown": return Math.min(index + columns(all), Math.max(all.length - 1, index));
    case "Home": return 0;
    case "End": return all.length - 1;
    default: return -1;
  }
};

const typing = (element) => element.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const picture = event.target.closest?.("#grid a.opens");
  if (typing(event.target) || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "a" && grid()?.contains(event.target)) {
    event.preventDefault();
    choose(pictures().map(cellOf), true);
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  if (picture && steer(event, picture)) {
    event.preventDefault();
    return;
  }
  act(event);
});

const steer = (event, picture) => {
  const all = pictures();
  const index = target(event.key, all, all.indexOf(picture));
  if (all[index]) {
    if (event.shiftKey) extend(all, picture, all[index]);
    else endWay();
    go(all[index]);
    return true;
  }
  if (event.key.startsWith("Arrow")) return true; // the page does not scroll away from under the last one
  const cell = cellOf(picture);
  switch (event.key) {
    case " ":
      choose([cell], !boxOf(cell).checked);
      return true;
    case "f":
    case "F":
      cell.querySelector(".star")?.click();
      return true;
    case "Delete":
      if (!chosen().length) choose([cell], true);
      return false;
    default:
      return false;
  }
};

const act = (event) => {
  const inGrid = grid()?.contains(event.target) || event.target === document.body;
  if (event.key === "Delete" && inGrid && chosen().length) document.querySelector("[data-delete]")?.click();
  else if (event.key === "Escape" && chosen().length && !document.querySelector("details.menu[open], :popover-open")) clear();
  else if (event.key === "/") { event.preventDefault(); document.getElementById("q").focus(); }
  else if (event.key === "?") document.getElementById("keys").showPopover();
};

const clear = () => {
  choose(chosen().map(cellOf), false);
  endWay();
};
document.addEventListener("reset", (event) => {
  if (event.target.id !== "bulk") return;
  event.preventDefault();
  clear();
  rove()?.focus({ preventScroll: true });
});

/* A box: Shift chooses all since the last one. */
let last = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".choose input");
  if (!box) return;
  const all = [...grid().querySelectorAll(".cell:not(.gone)")];
  const [first, end] = [last, cellOf(box)].map((cell) => all.indexOf(cell)).sort((a, b) => a - b);
  if (event.shiftKey && first >= 0) choose(all.slice(first, end + 1), box.checked);
  last = cellOf(box);
  count();
});

/* Where the focus goes on when what had it is drawn anew or is gone. */
let place = null;
document.addEventListener("htmx:before:request", () => {
  const cell = cellOf(document.activeElement);
  const all = pictures();
  const index = all.findIndex((picture) => cellOf(picture) === cell);
  const isBar = Boolean(document.activeElement?.closest?.(".actions"));
  place = index >= 0 || isBar ? { id: document.activeElement.id, later: all.slice(Math.max(index, 0)), earlier: all.slice(0, Math.max(index, 0)).reverse() } : null;
});
document.addEventListener("htmx:after:swap", () => {
  rove();
  count();
  if (!place || document.activeElement !== document.body) return;
  const next = document.getElementById(place.id) ?? [...place.later, ...place.earlier].find((picture) => picture.isConnected);
  if (next) cellOf(next) && next.matches("a.opens") ? go(next) : next.focus({ preventScroll: true });
});

/* Who comes back from a picture finds as many of them as before: the address says how far down that was. */
document.addEventListener("htmx:after:swap", (event) => {
  if (!event.detail.ctx.request?.action?.includes("after=")) return;
  const address = new URL(location.href);
  const end = [...grid().querySelectorAll(".cell")].at(-1);
  address.searchParams.set("until", end.id.replace("cell-", ""));
  history.replaceState(history.state, "", address);
});

/* Undo puts pictures back where they were; where the page was drawn anew since, it is drawn anew by it, too. */
document.addEventListener("submit", (event) => {
  if (event.target.id === "undo" && !document.querySelector(".cell.gone")) event.stopImmediatePropagation();
}, true);

window.addEventListener("pageshow", () => { rove(); count(); });
rove();
count();
