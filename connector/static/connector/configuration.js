/* Hides what does not belong to the chosen API type and kind of key. Without this file everything is shown, and every field is read. */
"use strict";
{
  const NEEDLESS = { sandbox: ["endpoint", "new_key"] };

  const show = (apiType) => {
    for (const part of document.querySelectorAll("[class*='only-']")) {
      part.hidden = !part.classList.contains(`only-${apiType}`);
      if (apiType === "azure_openai") part.querySelector("details")?.setAttribute("open", "");
    }
    for (const name of Object.values(NEEDLESS).flat()) {
      const row = document.querySelector(`.form-row.field-${name}`);
      if (row) row.hidden = (NEEDLESS[apiType] || []).includes(name);
    }
  };

  const showApplication = (keyType) => {
    for (const name of ["entra_tenant", "entra_client"]) {
      const row = document.querySelector(`.form-row.field-${name}`);
      if (row) row.hidden = keyType !== "client_secret";
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("id_model_default_chat")?.setAttribute("list", "models-for-chat");
    const select = document.getElementById("id_api_type");
    if (!select) return;
    select.addEventListener("change", () => show(select.value));
    show(select.value);
    const keyType = document.getElementById("id_azure_key_type");
    keyType?.addEventListener("change", () => showApplication(keyType.value));
    if (keyType) showApplication(keyType.value);
  });
}
