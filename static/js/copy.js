// Copy buttons: <button data-copy="id of what to copy" data-copied="word to show afterwards">.
(function () {
  "use strict";

  document.documentElement.classList.add("scripted");

  function text(source) {
    return "value" in source ? source.value : source.textContent.trim();
  }

  function copy(words) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(words);
    }
    // Over plain http browsers only copy what is selected.
    const field = document.createElement("textarea");
    field.value = words;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copying is not allowed here"));
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) {
      return;
    }
    const label = button.querySelector("[data-label]") || button;
    const before = button.dataset.before || label.textContent;
    button.dataset.before = before;
    copy(text(source)).then(
      function () {
        label.textContent = button.dataset.copied;
        button.classList.add("is-done");
        window.setTimeout(function () {
          label.textContent = before;
          button.classList.remove("is-done");
        }, 2000);
      },
      function () {
        const selection = window.getSelection();
        selection.selectAllChildren(source);
      }
    );
  });
})();
