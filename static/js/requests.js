/* The console: what is typed survives, too much is said before it is sent. Without it the form works. */

const form = () => document.getElementById("asking");
const MOST = 25_000_000; // bytes of all files: more does not reach the server in one form

/* The draft: kept in this browser until it is sent or saved, files left out. */
const PAIRS = ["query", "header", "form"];
const drawer = () => `draft:${form().dataset.draft}`;
const values = (kind, part) => [...document.querySelectorAll(`#rows-${kind} [name=${kind}_${part}]`)].map((one) => one.value);
const keep = () => {
  const draft = Object.fromEntries(PAIRS.map((kind) => [kind, values(kind, "name").map((name, at) => [name, values(kind, "value")[at]])]));
  for (const name of ["method", "path", "body", "data", "response_type"]) draft[name] = form().elements[name].value;
  try { localStorage.setItem(drawer(), JSON.stringify(draft)); } catch { /* private mode, or full */ }
};
const forget = () => {
  try { localStorage.removeItem(drawer()); } catch { /* as above */ }
};
const another = (kind) => {
  const rows = [...document.querySelectorAll(`#rows-${kind} .pair`)];
  const copy = rows.at(-1).cloneNode(true);
  for (const part of [copy, ...copy.querySelectorAll("[id], [value]")]) {
    if (part.id) part.id = part.id.replace(/\d+$/, rows.length);
    if (part.name === "remove") part.value = `${kind}-${rows.length}`;
  }
  rows.at(-1).after(copy);
  htmx.process(copy);
};
const fill = (draft) => {
  for (const [name, value] of Object.entries(draft)) {
    if (!PAIRS.includes(name)) { form().elements[name].value = value; continue; }
    value.forEach(([left, right], at) => {
      if (!document.getElementById(`${name}-name-${at}`)) another(name);
      document.getElementById(`${name}-name-${at}`).value = left;
      document.getElementById(`${name}-value-${at}`).value = right;
    });
    if (value.some((pair) => pair[0] || pair[1])) document.getElementById(`rows-${name}`).open = true;
  }
};
const begin = () => {
  if (!form()?.elements.path) return;
  if (location.search) return forget(); // it was opened with something else
  try {
    const draft = JSON.parse(localStorage.getItem(drawer()));
    if (draft) fill(draft);
  } catch { /* no draft, or one of another version */ }
};
document.addEventListener("input", (event) => {
  if (form()?.elements.path && form().contains(event.target)) keep();
});

/* Files that are too large are said where they were chosen, before anything is uploaded. */
const weigh = () => {
  const fields = [...document.querySelectorAll("#rows-file input[type=file]")];
  let sum = 0;
  for (const field of fields) {
    for (const file of field.files) sum += file.size;
    field.setCustomValidity(sum > MOST ? "Files of 25 MB together can go along." : "");
  }
  return fields.find((field) => !field.validity.valid);
};
document.addEventListener("change", (event) => {
  if (event.target.matches?.("#rows-file input[type=file]")) weigh()?.reportValidity();
});
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const tooLarge = ctx.sourceElement?.closest?.("#asking") && ctx.request.body instanceof FormData && weigh();
  if (!tooLarge) return;
  event.preventDefault();
  tooLarge.reportValidity();
});

/* What came comes into view where the form is above it. */
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const isAsked = ctx?.request?.action?.endsWith("/send/") && ctx.response?.status === 200;
  if (!isAsked) return;
  forget(); // the page opens with what was sent last
  document.querySelector("#came > article")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
});

/* A screen reader hears the end. */
const announce = (text) => {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 50);
};
const watched = new Set();
const watch = () => {
  for (const run of document.querySelectorAll("#came > [data-going]")) watched.add(run.id);
  for (const id of watched) {
    const run = document.getElementById(id);
    if (run && "going" in run.dataset) continue;
    watched.delete(id);
    if (run) announce(run.dataset.said);
  }
};
document.addEventListener("htmx:after:swap", watch);
watch();

begin();
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its token was used
