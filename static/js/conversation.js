/* The conversation: jump to the latest, copy, announce the end of an answer, leaf with the arrow keys. */

/* The scroller is upside down: 0 is the end, and the browser keeps it there while text comes. */
const NEAR = 48;
const scroller = () => document.getElementById("scroller");
const atEnd = (box) => Math.abs(box.scrollTop) < NEAR;

const look = () => {
  const box = scroller();
  const jump = document.getElementById("jump");
  if (box && jump) jump.hidden = atEnd(box);
};
const toEnd = () => { const box = scroller(); if (box) box.scrollTop = 0; };

document.addEventListener("scroll", (event) => { if (event.target.id === "scroller") look(); }, true);
document.addEventListener("asked", toEnd);
document.addEventListener("click", (event) => { if (event.target.closest?.("#jump")) toEnd(); });

/* A reader further up stays where they read, in a browser that does not do this by itself. */
if (!CSS.supports("overflow-anchor", "auto")) {
  let height = 0;
  new MutationObserver(() => {
    const box = scroller();
    if (!box) return;
    if (height && !atEnd(box)) box.scrollTop -= box.scrollHeight - height;
    height = box.scrollHeight;
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}

/* Copy: a message as it was written, or the code of a block. */
const write = async (text) => {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(await text);
  const field = document.createElement("textarea"); // plain http in a local network has no clipboard
  field.value = await text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};

const done = (control) => {
  const use = control.querySelector("use");
  const before = use?.getAttribute("href");
  use?.setAttribute("href", "#i-check");
  const label = control.textContent.trim() ? control : null;
  const words = label?.textContent;
  if (label && !use) label.textContent = "Copied";
  announce("Copied.");
  setTimeout(() => {
    if (before) use.setAttribute("href", before);
    else if (label) label.textContent = words;
  }, 1500);
};

document.addEventListener("click", async (event) => {
  const control = event.target.closest?.("[data-copy]");
  if (!control || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const code = control.closest("figure.code");
  const text = code
    ? Promise.resolve(code.querySelector("pre").textContent)
    : fetch(control.href).then((answer) => { if (!answer.ok) throw new Error(); return answer.text(); });
  try {
    await write(text);
    done(control);
  } catch {
    announce("Could not be copied.");
  }
});

/* A screen reader hears the end of an answer, not each word of it. */
const announce = (text) => {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 50);
};

const watched = new Set();
document.addEventListener("htmx:after:swap", () => {
  for (const run of document.querySelectorAll(".run[data-going]")) watched.add(run.id);
  for (const id of watched) {
    const run = document.getElementById(id);
    if (run && "going" in run.dataset) continue;
    watched.delete(id);
    if (run) announce(run.dataset.said);
  }
  look();
  mark();
});
for (const run of document.querySelectorAll(".run[data-going]")) watched.add(run.id);

/* The list shows where we are. */
const mark = () => {
  const here = document.getElementById("conversation")?.dataset.session;
  for (const link of document.querySelectorAll(".rows .name[aria-current]")) link.removeAttribute("aria-current");
  if (here) document.querySelector(`#session-${CSS.escape(here)} .name`)?.setAttribute("aria-current", "page");
};
mark();

document.addEventListener("keydown", (event) => {
  const leafing = event.target.closest?.(".leafing");
  if (leafing && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    leafing.querySelector(`[data-leaf=${event.key === "ArrowLeft" ? "previous" : "next"}]:enabled`)?.click();
    event.preventDefault();
  } else if (event.key === "Escape") {
    leave(event);
  } else if (event.key === "End" && event.target.closest?.("#scroller") && !event.target.closest("textarea, input")) {
    toEnd();
  }
});

/* Escape: leave what was opened for editing; else stop the answer. */
const leave = (event) => {
  if (event.isComposing || document.querySelector(":popover-open, details.menu[open]")) return;
  const cancel = event.target.closest?.("form")?.querySelector("[data-cancel]");
  if (cancel) cancel.click();
  else if (document.querySelector(".run[data-going]")) document.getElementById("stop")?.requestSubmit();
};
