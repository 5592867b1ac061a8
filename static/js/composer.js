/* The composer: Enter sends, the draft survives, what was sent is cleared. Without it the form still works. */

const KEPT = "draft:";

const isField = (element) => element instanceof HTMLTextAreaElement;
const composer = () => document.getElementById("composer");
const field = () => document.getElementById("text");
const going = (form) => form.id === "composer" && document.querySelector(".run[data-going]") !== null;

/* Enter sends, Shift+Enter makes a line; an Enter that ends a composition (Japanese, Chinese …) does neither. */
document.addEventListener("keydown", (event) => {
  const form = isField(event.target) && event.target.form;
  if (!form || !form.matches("[data-submit-keys]") || event.key !== "Enter") return;
  if (event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return;
  if (!event.ctrlKey && !event.metaKey && matchMedia("(pointer: coarse)").matches) return; // a phone's Enter is a line
  event.preventDefault();
  if (event.repeat) return;
  if (going(form)) {
    document.dispatchEvent(new CustomEvent("say", { detail: "An answer is being written. Wait for its end, or stop it with Esc." }));
    return;
  }
  form.requestSubmit(form.querySelector(".send"));
});

/* A textarea grows with its text where the browser does not do it by itself. */
const grow = (area) => {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
};

/* 64 kB fit into a message: say so before it is sent. */
const measure = (area) => {
  const bytes = new TextEncoder().encode(area.value).length;
  const limit = Number(area.dataset.max || Infinity);
  area.setCustomValidity(bytes > limit
    ? `This is ${Math.ceil(bytes / 1024)} kB of text; ${limit / 1024} kB fit into one message.` : "");
};

/* The draft: kept per session in this browser until it is sent. */
const name = (form) => KEPT + form.dataset.draft;
const keep = (form) => {
  const text = field().value;
  try {
    if (text) localStorage.setItem(name(form), text);
    else localStorage.removeItem(name(form));
  } catch { /* private mode, or full: the page works without */ }
};
const restore = (form) => {
  const text = field();
  if (!text.value) {
    try { text.value = localStorage.getItem(name(form)) ?? ""; } catch { /* as above */ }
  }
  if (text.value) { grow(text); measure(text); }
};

document.addEventListener("input", (event) => {
  if (!isField(event.target) || !event.target.matches("[data-grow]")) return;
  grow(event.target);
  if (event.target.dataset.max) measure(event.target);
  if (event.target.form?.id === "composer") keep(event.target.form);
});

/* One question at a time; an example's button asks its own. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id !== "composer") return;
  // Only the message is looked at here: a setting that is wrong may stand where it cannot be seen, and the answer says it.
  if (going(form) || !field().reportValidity()) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

document.addEventListener("click", (event) => {
  const example = event.target.closest?.("button.example");
  if (!example) return;
  event.preventDefault();
  field().value = example.value;
  composer().requestSubmit(composer().querySelector(".send"));
});

/* While it is on its way nothing can be typed, so that nothing typed is cleared with it; and a question stands in the
   conversation at once, however long the way is. */
const sending = (event, isSending) => {
  const form = event.detail.ctx?.sourceElement;
  if (!form?.matches?.("[data-submit-keys]")) return;
  form.querySelector("textarea").readOnly = isSending;
  if (form.id === "composer") preview(form, isSending);
};
const preview = (form, isSending) => {
  form.classList.toggle("is-sending", isSending);
  document.querySelector(".message.sending")?.remove();
  const text = form.querySelector("textarea").value;
  if (!isSending || !text.trim()) return;
  const message = document.createElement("article");
  const words = document.createElement("div");
  message.className = "message sending";
  words.className = "words";
  words.textContent = text.length > 600 ? `${text.slice(0, 600)} …` : text;
  message.append(words);
  document.getElementById("thread")?.append(message);
  document.dispatchEvent(new CustomEvent("asked"));
};
document.addEventListener("htmx:before:request", (event) => sending(event, true));
document.addEventListener("htmx:after:request", (event) => sending(event, false));
document.addEventListener("htmx:finally:request", (event) => sending(event, false));

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (form?.id !== "composer" || ctx.response.status >= 300 || ctx.hx?.redirect) return;
  try { localStorage.removeItem(name(form)); } catch { /* as above */ }
  const text = form.querySelector("textarea");
  text.value = "";
  grow(text);
  document.dispatchEvent(new CustomEvent("asked"));
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    field()?.focus();
  } else if (event.key === "?") {
    document.getElementById("keys")?.showPopover();
  }
});

const begin = () => {
  const form = composer();
  if (!form || form.dataset.begun) return;
  form.dataset.begun = "";
  restore(form);
};

document.addEventListener("htmx:after:swap", begin);
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // its token was used
begin();

/* Where typing is what one came for, the cursor is there already; on a phone the keyboard would cover the page. */
if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches) field()?.focus({ preventScroll: true });
