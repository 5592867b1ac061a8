/* Comparing: the prompt survives, the seconds go by, whoever works with the keyboard goes on where they were. Without
   it everything still works. */

const form = () => document.getElementById("comparing");
const field = () => document.getElementById("prompt");

/* The draft: kept in this browser, also after it was sent; people change a word and ask again. */
const name = () => `draft:${form().dataset.draft}`;
const keep = () => { try { localStorage.setItem(name(), field().value); } catch { /* private mode, or full */ } };
if (field() && !field().value) {
  try { field().value = localStorage.getItem(name()) ?? ""; } catch { /* as above */ }
}
document.addEventListener("input", (event) => { if (event.target === field()) keep(); });

/* An example is put into the form, so that it can be changed, and sent. */
document.addEventListener("click", (event) => {
  const example = event.target.closest?.("button.example");
  if (!example) return;
  field().value = example.value;
  keep();
});

/* What was asked comes into view. */
document.addEventListener("htmx:after:swap", ({ detail }) => {
  const { ctx } = detail;
  const isAsked = /\/compare\/(ask|\d+\/again)\/$/.test(ctx?.request?.action ?? "") && ctx.response?.status === 200;
  if (isAsked) document.getElementById("comparison")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
});

/* Whoever added, copied or removed a column with the keyboard goes on beside it. */
let pressed = "";
document.addEventListener("htmx:before:request", ({ detail }) => {
  const button = detail.ctx.sourceElement;
  if (button?.name === "change" && button === document.activeElement) pressed = button.value;
});
document.addEventListener("htmx:after:swap", () => {
  if (!pressed || (document.activeElement ?? document.body) !== document.body) return;
  const [change, number] = pressed.split("-");
  pressed = "";
  const all = [...document.querySelectorAll(".setup-column")];
  const column = { copy: all[Number(number)], remove: all[Math.min(Number(number), all.length) - 1] }[change] ?? all.at(-1);
  column?.querySelector("select")?.focus();
});

/* Whoever stopped, tried again or judged a column with the keyboard goes on there. */
let left = "";
document.addEventListener("focusin", ({ target }) => {
  left = target.closest?.(".column, .standing")?.id ?? "";
});
document.addEventListener("htmx:after:swap", () => {
  if (!left || (document.activeElement ?? document.body) !== document.body) return;
  const place = document.getElementById(left) ?? document.getElementById("standing");
  place?.querySelector("button, a[href]")?.focus({ preventScroll: true });
});

window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its token was used
if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) field()?.focus({ preventScroll: true });
