// The images of a region, as a table that can be searched.

const PAGE = 50;
const catalog = { offset: 0, total: 0, asked: 0 };

function drawRegions(regions) {
  const names = Object.keys(regions);
  const select = $("c-region");
  const chosen = select.value || (regions["cn-hangzhou"] === undefined ? names[0] : "cn-hangzhou");
  select.replaceChildren(...names.map((name) => h("option", { value: name }, `${name} (${number(regions[name])})`)));
  select.value = chosen;
}

async function readCatalog() {
  const asked = (catalog.asked += 1);
  const { regions } = await api("GET", "images");
  drawRegions(regions);
  const query = new URLSearchParams({ region: $("c-region").value, offset: catalog.offset, limit: PAGE });
  const text = $("c-text").value.trim();
  if (text) query.set("search", text);
  const { Images: { Image: images }, TotalCount: total } = await api("GET", `images?${query}`);
  // The response to a later search may have arrived first.
  if (asked !== catalog.asked) return;
  catalog.total = total;
  $("c-rows").replaceChildren(...images.map(imageRow));
  $("c-table").hidden = images.length === 0;
  $("c-found").textContent = text ? `${plural(total, "image")} found in ${$("c-region").value}` : `${plural(total, "image")} in ${$("c-region").value}, newest first`;
  const pages = Math.max(1, Math.ceil(total / PAGE));
  $("c-page").textContent = `Page ${number(catalog.offset / PAGE + 1)} of ${number(pages)}`;
  $("c-prev").disabled = catalog.offset === 0;
  $("c-next").disabled = catalog.offset + PAGE >= total;
}

const OWNERS = { self: "good", system: "", marketplace: "warn", others: "odd" };

function imageRow(image) {
  const open = h("button", { type: "button", className: "link" }, image.ImageName || image.ImageId);
  open.onclick = () => {
    $("image-title").textContent = image.ImageName || image.ImageId;
    $("image-json").replaceChildren(...pretty(JSON.stringify(image)));
    $("image").showModal();
  };
  const owner = image.ImageOwnerAlias ?? "system";
  return h("tr", {},
    h("td", {}, open, h("span", { className: "mono" }, image.ImageId === image.ImageName ? image.ImageFamily ?? "" : image.ImageId)),
    h("td", {}, h("span", { className: `pill ${OWNERS[owner] ?? ""}` }, owner)),
    h("td", {}, image.OSNameEn || image.OSName || image.Platform || image.OSType || ""),
    h("td", { className: "nowrap" }, image.Architecture ?? ""),
    h("td", { className: "nowrap" }, image.Size === undefined ? "" : `${image.Size} GiB`),
    h("td", {}, h("span", { className: `pill ${(image.Status ?? "Available") === "Available" ? "good" : "warn"}` }, image.Status ?? "Available")),
    h("td", { className: "nowrap" }, (image.CreationTime ?? "").slice(0, 10)));
}

function startCatalog() {
  const again = () => {
    catalog.offset = 0;
    readCatalog().catch((error) => problem(error.message));
  };
  const turn = (by) => () => {
    catalog.offset = Math.max(0, catalog.offset + by * PAGE);
    readCatalog().then(() => scrollTo(0, 0), (error) => problem(error.message));
  };
  $("c-region").onchange = again;
  $("c-text").oninput = settled(250, again);
  $("c-prev").onclick = turn(-1);
  $("c-next").onclick = turn(1);
}
