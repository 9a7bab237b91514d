// A quick phrase that is chosen goes into the text, where it can be changed.
(function () {
  "use strict";

  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-resolution] #phrase")) return;
    var text = document.getElementById("text");
    if (event.target.value) text.value = event.target.value;
    event.target.value = "";
    text.focus();
  });
})();
