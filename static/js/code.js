/* The code of a scanned sheet stands behind the # of the address. It reaches no server: the field takes it over, the address loses it. */
"use strict";

const MOST = 60;

function takeCode() {
  const code = location.hash.slice(1, MOST);
  const field = document.getElementById("code");
  if (code && field) {
    field.value = code;
    history.replaceState(null, "", location.pathname + location.search);
  } else if (code) {
    // On the way through the login it stays behind the #, also over the redirect.
    for (const link of document.querySelectorAll("a[data-fragment]")) link.hash = code;
    for (const form of document.querySelectorAll("form[data-fragment]")) form.setAttribute("action", `${form.getAttribute("action")}#${code}`);
  }
}

takeCode();
