/* The studio: the prompt survives. Without it the form still works. */

const form = () => document.getElementById("asking");
const field = () => document.getElementById("prompt");

/* The draft: kept in this browser, also after it was sent; people change a word and send it again. */
const keep = () => {
  try { localStorage.setItem(`draft:${form().dataset.draft}`, field().value); } catch { /* private mode, or full */ }
};
const begin = () => {
  if (!form() || !field()) return;
  if ("filled" in form().dataset) {
    keep();
    history.replaceState(history.state, "", location.pathname + location.hash); // a reload goes on with what is typed
  } else if (!field().value) {
    try { field().value = localStorage.getItem(`draft:${form().dataset.draft}`) ?? ""; } catch { /* as above */ }
  }
};
document.addEventListener("input", (event) => { if (event.target === field()) keep(); });

/* An example is put into the form, so that it can be changed, and sent. */
document.addEventListener("click", (event) => {
  const example = event.target.closest?.("button.example");
  if (!example) return;
  field().value = example.value;
  keep();
});

/* What was asked for comes into view where the form is above it. */
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const { ctx } = detail;
  const isAsked = /\/(ask|again)\/$/.test(ctx?.request?.action ?? "") && ctx.response?.status === 200;
  if (isAsked) document.querySelector("#runs > .drawing")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
});

/* A screen reader hears the end of a run. */
const announce = (text) => {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 50);
};
const watched = new Set();
const watch = () => {
  for (const run of document.querySelectorAll(".drawing[data-going]")) watched.add(run.id);
  for (const id of watched) {
    const run = document.getElementById(id);
    if (run && "going" in run.dataset) continue;
    watched.delete(id);
    if (run) announce(run.dataset.said);
  }
};
document.addEventListener("htmx:after:swap", watch);
watch();

/* Whoever stopped a run with the keyboard goes on at its end. */
let left = "";
document.addEventListener("focusin", ({ target }) => { left = target.closest?.(".drawing")?.id ?? ""; });
document.addEventListener("htmx:after:swap", () => {
  if (!left || (document.activeElement ?? document.body) !== document.body) return;
  document.querySelector(`#${left} .tools button`)?.focus({ preventScroll: true });
});

window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its token was used
begin();
if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) field()?.focus({ preventScroll: true });
