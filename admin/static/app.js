// The little that HTML cannot do: copy to the clipboard, switch the theme at once, ask before a dangerous button.
"use strict";

function copy(button) {
  const text = button.dataset.copy;
  const done = () => {
    button.dataset.copied = "";
    const label = button.querySelector(".copy-label");
    if (label) label.textContent = button.dataset.done;
    setTimeout(() => {
      delete button.dataset.copied;
      if (label) label.textContent = button.dataset.label;
    }, 1600);
  };
  // The clipboard needs https or localhost; over plain http on a network the old way still works.
  if (navigator.clipboard && window.isSecureContext) {
    navigator.clipboard.writeText(text).then(done);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  if (document.execCommand("copy")) done();
  area.remove();
}

document.addEventListener("click", (event) => {
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
  const theme = event.target.closest("[data-theme-switch]");
  if (theme) {
    event.preventDefault();
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    document.cookie = `theme=${next};path=/;max-age=31536000;samesite=lax`;
  }
});

document.addEventListener("submit", (event) => {
  const question = event.submitter && event.submitter.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
  else if (event.submitter && "busy" in event.submitter.dataset) event.submitter.setAttribute("aria-busy", "true");
});

// What htmx could not do is said on top of the page; it would be silent otherwise.
function trouble() {
  if (document.querySelector("main > .note.bad[data-by-script]")) return;
  const note = document.createElement("div");
  note.className = "note bad";
  note.dataset.byScript = "";
  note.setAttribute("role", "alert");
  note.textContent = document.body.dataset.trouble;
  document.querySelector("main").prepend(note);
}
document.addEventListener("htmx:responseError", trouble);
document.addEventListener("htmx:sendError", trouble);

for (const button of document.querySelectorAll("[data-needs-script]")) button.hidden = false;
document.addEventListener("htmx:load", (event) => {
  for (const button of event.detail.elt.querySelectorAll("[data-needs-script]")) button.hidden = false;
});
