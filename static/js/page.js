/* What every page of the chat has: theme, menus, toasts, sheets, and a word when a request fails. */

/* The theme changes at once; the server keeps it. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.matches(".theme") || !button) return;
  event.preventDefault();
  const next = { light: "dark", dark: "system", system: "light" };
  const body = new URLSearchParams(new FormData(form, button));
  document.documentElement.dataset.theme = button.value;
  button.title = `Theme: ${button.value}. Press to change it.`;
  button.value = next[button.value];
  await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
});

/* A menu closes by a click elsewhere or Escape. */
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except && !(except && menu.contains(except))) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target.closest?.("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.querySelector("summary").focus();
  menu.open = false;
  event.stopImmediatePropagation();
}, true);

document.addEventListener("click", (event) => {
  const menu = event.target.closest?.(".sheet a, .sheet button")?.closest("details.menu");
  if (!menu) return;
  menu.querySelector("summary").focus(); // what is focused must not vanish
  menu.open = false;
});

/* At the lower end of the list a menu is scrolled into view. */
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.menu[open]")) event.target.querySelector(".sheet").scrollIntoView({ block: "nearest" });
}, true);

/* Whoever works with the keyboard goes on where they were, also when that was drawn anew or is gone. */
let left = null;
document.addEventListener("htmx:before:request", ({ detail }) => {
  const source = detail.ctx.sourceElement;
  if (!source?.contains?.(document.activeElement)) return;
  left = {
    leafing: source.closest(".leafing")?.id,
    direction: source.dataset.leaf,
    row: source.closest("#rows .row")?.id,
    isTitle: Boolean(source.closest("#title")),
    isThread: Boolean(source.closest("#thread")),
  };
});
const near = ({ leafing, direction, row, isTitle, isThread }) => {
  const find = (selector) => document.querySelector(selector);
  if (leafing) return find(`#${leafing} [data-leaf=${direction}]:enabled`) ?? find(`#${leafing} :enabled`);
  if (row) return find(`#${row} :is([autofocus], .name)`) ?? find(".toast .button");
  if (isTitle) return find("#bar .menu summary");
  return isThread && matchMedia("(pointer: fine)").matches ? find("#text") : null; // a phone's keyboard would open
};
document.addEventListener("htmx:after:swap", () => {
  if (left && (document.activeElement ?? document.body) === document.body) near(left)?.focus({ preventScroll: true });
  left = null;
});

/* A button that waits for an answer is disabled, and so loses the focus: it gets it back, also when nothing was sent. */
let pressed = null;
document.addEventListener("htmx:before:request", ({ detail }) => {
  const active = document.activeElement;
  if (active?.matches(".send") && detail.ctx.sourceElement === active.form) pressed = active.form;
});
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (!pressed || detail.ctx.sourceElement !== pressed) return;
  const form = pressed;
  pressed = null;
  queueMicrotask(() => { // enabled by then
    if ((document.activeElement ?? document.body) === document.body) form.querySelector(".send")?.focus({ preventScroll: true });
  });
});

/* Toasts can be sent away. */
const armToasts = () => {
  for (const button of document.querySelectorAll("[data-dismiss][hidden]")) button.hidden = false;
};
document.addEventListener("click", (event) => { event.target.closest?.("[data-dismiss]")?.closest(".toast").remove(); });

/* Choosing a chat closes the sheet it was chosen in. */
document.addEventListener("htmx:after:swap", (event) => {
  armToasts();
  if (event.detail.ctx.sourceElement?.closest?.(".row .name")) document.querySelector(".sessions:popover-open")?.hidePopover();
});
armToasts();

/* Ctrl+Enter sends a form of pictures; in the chat Enter does (composer.js). */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || event.isComposing) return;
  const form = event.target.closest?.("form[data-ctrl-enter]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector(".send"));
});

/* Seconds that are waited for go by, and those since something was asked. */
setInterval(() => {
  for (const left of document.querySelectorAll("[data-seconds]")) {
    left.dataset.seconds = Math.max(0, Number(left.dataset.seconds) - 1);
    left.textContent = left.dataset.seconds;
  }
  for (const since of document.querySelectorAll("[data-elapsed]")) {
    since.dataset.elapsed = Number(since.dataset.elapsed) + 1;
    since.textContent = `${since.dataset.elapsed} s`;
  }
}, 1000);

/* A form whose files count only when it is sent is drawn anew without them. */
document.addEventListener("htmx:config:request", ({ detail }) => {
  const { action, body, form } = detail.ctx.request;
  if (!action?.endsWith("/form/") || !form?.matches("[data-files-last]")) return;
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
});

/* Nothing fails in silence. */
const say = (text) => {
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  document.getElementById("toasts")?.replaceChildren(toast);
  setTimeout(() => toast.remove(), 8000);
};

document.addEventListener("say", (event) => say(event.detail));

/* A stream of answers that breaks off begins again by itself; one that never began has to be told. */
const isStream = (ctx) => ctx?.request?.action?.endsWith("/events/");
const again = ({ sourceElement: run }) => { setTimeout(() => run.dispatchEvent(new Event("again")), 1300); };

document.addEventListener("htmx:error", (event) => {
  if (isStream(event.detail.ctx)) return again(event.detail.ctx);
  say("The server cannot be reached. What you typed is kept; try again in a moment.");
});
const isSaidInPlace = ({ sourceElement }) => sourceElement?.closest?.("#thread, #composer, #studio");
const soon = (seconds) => (Number(seconds) ? `in ${seconds} s` : "in a moment");

document.addEventListener("htmx:response:error", (event) => {
  const { response } = event.detail.ctx;
  const { status } = response;
  if (status >= 500 && isStream(event.detail.ctx)) return again(event.detail.ctx);
  if (status === 422 || (status === 429 && isSaidInPlace(event.detail.ctx))) return;
  if (status === 404) say("This is not there any more. Reload the page to see how things are.");
  else if (status === 413) say("This is too much for one message.");
  else if (status === 403) say("This page is too old. Reload it and try again; what you typed is kept.");
  else if (status === 429) say(`That was too much in a short time. Try again ${soon(response.headers.get("Retry-After"))}.`);
  else say(`That did not work (${status}). Try again in a moment.`);
});
