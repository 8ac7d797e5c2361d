/* A file that is handed out once: <form data-once="name.pdf">. It is saved, and the page shows what has become of it, so that nobody presses again. */
"use strict";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  const show = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.querySelector("main").focus();
    scrollTo(0, 0);
  };
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    // A fault, or the way to sign in again: shown as without this script.
    if (answer.headers.get("Content-Type") !== "application/pdf") return HTMLFormElement.prototype.submit.call(form);
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: form.dataset.once });
    link.click();
    await show();
  } catch {
    // Whether codes were made is not known here; the page knows.
    location.reload();
  }
});
