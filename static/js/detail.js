/* The page of a picture: arrows leaf, F marks it, Delete deletes it, code is shown and copied in place. */

const typing = (event) => event.target.closest?.("input, textarea, select, [contenteditable]");
const press = (selector) => document.querySelector(selector)?.click();
const KEYS = {
  ArrowLeft: "#previous",
  ArrowRight: "#next",
  f: "#favourite button",
  F: "#favourite button",
  Delete: "#delete",
  Escape: "#back",
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || typing(event) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key.startsWith("Arrow") && event.target.closest?.("pre, .prompt")) return; // they scroll
  const selector = KEYS[event.key];
  if (!selector || event.repeat || !document.querySelector(selector)) return;
  event.preventDefault();
  press(selector);
});

const code = document.getElementById("code");
const source = code?.querySelector(".source");
const copy = code?.querySelector("[data-copy-code]");
const told = code?.querySelector("[role=status]");

const show = async (link) => {
  const response = await fetch(link.href);
  if (!response.ok || response.redirected) {
    window.location.assign(link.href); // it says itself what is wrong
    return;
  }
  source.textContent = await response.text();
  source.hidden = copy.hidden = false;
  told.textContent = "";
  for (const other of code.querySelectorAll("[data-code]")) other.setAttribute("aria-current", String(other === link));
};
code?.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-code]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    await show(link);
  }
});
copy?.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(source.textContent);
    told.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(source);
    told.textContent = "Marked; copy it with Ctrl+C.";
  }
});
