/* Copying what stands in a block. Without it the text can be marked. */
for (const button of document.querySelectorAll("[data-copy-text]")) button.hidden = false;

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy-text]");
  if (!button) return;
  const source = button.closest(".source");
  const text = source.querySelector("pre");
  const told = source.querySelector(".saved");
  try {
    await navigator.clipboard.writeText(text.textContent);
    told.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(text);
    told.textContent = "Marked; copy it with Ctrl+C.";
  }
  setTimeout(() => { told.textContent = ""; }, 4000);
});
