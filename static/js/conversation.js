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
  call();
});
for (const run of document.querySelectorAll(".run[data-going]")) watched.add(run.id);

/* The list shows where we are. */
const mark = () => {
  const here = document.getElementById("bar")?.dataset.session;
  for (const link of document.querySelectorAll(".rows .name[aria-current]")) link.removeAttribute("aria-current");
  if (here) document.querySelector(`#session-${CSS.escape(here)} .name`)?.setAttribute("aria-current", "page");
};
mark();

/* The tab is called as the chat is, also after it was renamed. */
const call = () => {
  const heading = document.querySelector("#title > h1:not(.visually-hidden)");
  const product = document.title.split(" · ").at(-1);
  if (heading) document.title = `${heading.textContent} · ${product}`;
};

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

const OPEN = `:popover-open, details.menu[open]${CSS.supports("selector(:open)") ? ", select:open" : ""}`;

/* Escape: leave what was opened for editing; else stop the answer. */
const leave = (event) => {
  if (event.isComposing || document.querySelector(OPEN)) return;
  const cancel = event.target.closest?.("form")?.querySelector("[data-cancel]");
  if (cancel) cancel.click();
  else if (document.querySelector(".run[data-going]")) document.getElementById("stop")?.requestSubmit();
};

/* A long message shows its beginning first. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-unfold]");
  if (!button) return;
  const isWhole = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isWhole));
  button.textContent = isWhole ? "Show all of it" : "Show less";
});

/* The settings can be put away where they have a column of their own; the server draws the next page as it was left. */
const A_YEAR = 365 * 24 * 60 * 60;
const fold = (hidden) => {
  document.getElementById("main").classList.toggle("without-inspector", hidden);
  document.querySelector("[data-fold=inspector]")?.setAttribute("aria-expanded", String(!hidden));
  document.cookie = `inspector=${hidden ? "hidden" : "shown"}; path=/; max-age=${A_YEAR}; samesite=lax`;
};
const isFolded = () => document.getElementById("main").classList.contains("without-inspector");
const armFold = () => { for (const button of document.querySelectorAll("[data-fold][hidden]")) button.hidden = false; };
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-fold]")) fold(!isFolded());
  else if (event.target.closest?.("[data-unfold-inspector]")) fold(false);
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const inspector = document.getElementById("inspector"); // not on every page with answers
  if (!inspector || event.key !== "." || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (matchMedia("(min-width: 1280px)").matches) fold(!isFolded());
  else inspector.togglePopover();
});
document.addEventListener("htmx:after:swap", armFold);
armFold();
