// Says so while SmartBill cannot be reached, so that nobody trusts a status that has stopped changing.
(function () {
  "use strict";

  function show(isLost) {
    const notice = document.getElementById("connection");
    if (notice) {
      notice.hidden = !isLost;
    }
  }

  document.addEventListener("htmx:sendError", function () {
    show(true);
  });
  document.addEventListener("htmx:timeout", function () {
    show(true);
  });
  document.addEventListener("htmx:afterOnLoad", function () {
    show(false);
  });
  document.addEventListener("htmx:responseError", function (event) {
    show(event.detail.xhr.status >= 500);
  });
})();
