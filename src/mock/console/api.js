// The admin API. `docs/mock-ecs-openapi.json` describes it.

const TOKEN = "mock-ecs-token";
let asking;

/** Calls the admin API; throws an Error whose text says what was wrong. */
async function api(method, path, body) {
  const headers = {};
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(`/_mock/${path}`, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store",
  });
  if (answer.status === 401) {
    await askToken(token !== null);
    return api(method, path, body);
  }
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.error ?? `status ${answer.status}`);
  return json;
}

/** Lets the user type the admin token, once for all calls that wait for it. */
function askToken(wasWrong) {
  asking ??= new Promise((resolve) => {
    const dialog = $("ask-token");
    $("token-wrong").textContent = wasWrong ? "That token was not accepted." : "";
    dialog.showModal();
    dialog.onclose = () => {
      sessionStorage.setItem(TOKEN, $("token").value.trim());
      $("token").value = "";
      asking = undefined;
      resolve();
    };
  });
  return asking;
}

/** Reads the token from a link such as `/#token=…` and removes it, so that the browser history does not keep it. */
function takeToken() {
  const found = /[#&]token=([^&]+)/.exec(location.hash);
  if (!found) return;
  sessionStorage.setItem(TOKEN, decodeURIComponent(found[1]));
  history.replaceState(null, "", location.pathname);
}

/** Shows why something did not work; without a text all is well. */
function problem(text) {
  $("problem").textContent = text ?? "";
  $("problem").hidden = !text;
}
