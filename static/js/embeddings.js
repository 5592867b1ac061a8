/* Embeddings: the draft survives, a cell of the matrix says what it is, the seconds go by. Without it everything works. */

const form = () => document.getElementById("asking");
const field = () => document.getElementById("lines");
const LONGEST_DRAFT = 200_000; // characters; a browser keeps some megabytes for a site

/* The draft: kept in this browser. */
const keep = () => {
  const text = field().value;
  if (text.length > LONGEST_DRAFT) return;
  try { localStorage.setItem(`draft:${form().dataset.draft}`, text); } catch { /* private mode, or full */ }
};
const begin = () => {
  if (!form() || !field() || "filled" in form().dataset || field().value) return;
  try { field().value = localStorage.getItem(`draft:${form().dataset.draft}`) ?? ""; } catch { /* as above */ }
  if (field().value) field().dispatchEvent(new Event("change", { bubbles: true })); // they are counted
};
document.addEventListener("input", (event) => { if (event.target === field()) keep(); });

/* An example is put into the form, so that it can be changed, and sent. */
document.addEventListener("click", (event) => {
  const example = event.target.closest?.("button.example");
  if (!example) return;
  field().value = example.value;
  form().querySelector("[name=source][value=lines]").checked = true;
  keep();
});

/* A file that is far too large is not even sent. */
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches?.("#file")) return;
  const [file] = input.files;
  const most = Number(input.dataset.most);
  if (!file || file.size <= most) return;
  event.stopPropagation(); // nothing is to be asked about it
  input.value = "";
  const list = document.createElement("ul");
  const text = document.createElement("li");
  list.className = "errorlist";
  text.textContent = `“${file.name}” has ${Math.round(file.size / 1e6).toLocaleString("en")} MB; a CSV of up to ${Math.floor(most / 1e6)} MB can be uploaded. Cut it into parts.`;
  list.append(text);
  document.getElementById("csv-errors").replaceChildren(list);
}, true);

/* The matrix: what is pointed at, with the mouse or the arrow keys, is said below it. */
const at = { row: 0, column: 0 };
const say = (svg, row, column) => {
  const { gutter, cell, count } = svg.dataset;
  if (row < 0 || column < 0 || row >= count || column >= count) return;
  Object.assign(at, { row, column });
  const rows = document.querySelectorAll("#texts tbody tr");
  const value = document.querySelector(`#cosines tbody tr:nth-child(${row + 1}) td:nth-of-type(${column + 1})`)?.textContent;
  const told = (place) => `${rows[place].querySelector(".number").textContent}: ${rows[place].querySelector(".text").textContent}`;
  const number = document.createElement("b");
  number.textContent = value;
  document.getElementById("readout").replaceChildren(number, ` ${told(row)}`, ...(row === column ? [] : [" ↔ ", told(column)]));
  const pointed = svg.querySelector(".pointed");
  pointed.setAttribute("x", Number(gutter) + column * cell);
  pointed.setAttribute("y", Number(gutter) + row * cell);
  pointed.removeAttribute("hidden");
};
document.addEventListener("pointermove", (event) => {
  const svg = event.target.closest?.("#matrix");
  if (!svg) return;
  const box = svg.getBoundingClientRect();
  const scale = svg.viewBox.baseVal.width / box.width;
  const place = (pixels) => Math.floor((pixels * scale - svg.dataset.gutter) / svg.dataset.cell);
  say(svg, place(event.clientY - box.top), place(event.clientX - box.left));
});
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
document.addEventListener("keydown", (event) => {
  const svg = event.target.closest?.("#matrix");
  const step = svg && STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  say(svg, at.row + step[0], at.column + step[1]);
});

/* What was asked for comes into view where the form is above it, and so does a text that was chosen far below; a screen
   reader hears the end. */
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const { ctx } = detail;
  const action = ctx?.request?.action ?? "";
  if (ctx?.response?.status !== 200) return;
  if (/\/(ask|again)\/$/.test(action)) document.querySelector("#shown > .embedding")?.scrollIntoView({ block: "start", behavior: "smooth" });
  if (/[?&]text=/.test(action)) document.querySelector(".embedding > .one")?.focus();
  else if (/[?&]from=/.test(action)) document.querySelector(".embedding > .seen")?.scrollIntoView({ block: "nearest" });
});
const announce = (text) => {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 50);
};
let watched = "";
const watch = () => {
  const going = document.querySelector(".embedding[data-going]");
  const ended = watched && document.querySelector(`#${watched}:not([data-going])`);
  if (ended) announce(ended.dataset.said);
  watched = going?.id ?? "";
};
document.addEventListener("htmx:after:swap", watch);
watch();

window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its token was used
begin();
