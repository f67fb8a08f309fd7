// Every page there is, and who looks at it. `at` gives its address in a town with the examples; `limit` is what its first view may
// take over the wire, of those that everybody may see; `lighthouse`: it is judged by Lighthouse too; `status` is what it answers with,
// if not 200; `only` the one language that it is in; `long`: axe-core takes many seconds for it, so it is asked once.
const kPage = 100_000, kMapPage = 250_000;

const open_to_all = [
  { name: "start", at: () => "/", limit: kPage, lighthouse: true },
  { name: "report", at: () => "/anmal", limit: kMapPage, lighthouse: true },
  { name: "overview", at: () => "/oversikt", limit: kMapPage, lighthouse: true },
  { name: "case-open", at: (of) => `/arende/${of.open}`, limit: kPage, lighthouse: true },
  { name: "case-receipt", at: (of) => `/arende/${of.unassigned}?tack=ny&bild=1&mejl=1`, limit: kPage },
  { name: "case-removed", at: (of) => `/arende/${of.removed}`, limit: kPage },
  { name: "case-unknown", at: () => "/arende/AAAA-AAAA-AA", status: 404, limit: kPage },
  { name: "accessibility", at: () => "/tillganglighet", limit: kPage },
  { name: "privacy", at: () => "/personuppgifter", limit: kPage },
  { name: "sign-in", at: () => "/logga-in", limit: kPage },
  { name: "closing", at: (of) => of.closing, limit: kPage },
  { name: "mail", at: (of) => of.mail, limit: kPage },
  { name: "no-such-page", at: () => "/finns-inte", status: 404, limit: kPage },
  { name: "no-such-link", at: () => "/atgarda/1267/" + "x".repeat(43), status: 404, limit: kPage },
  { name: "api-docs", at: () => "/api/v1/docs", only: "en", long: true },
];
const of_police = [
  { name: "police-report", at: () => "/polis" },
  { name: "police-many", at: () => "/polis/manga" },
  { name: "police-reports", at: () => "/polis/anmalningar" },
  { name: "police-claim", at: (of) => `/polis/arende/${of.k_number}` },
  { name: "police-account", at: () => "/konto" },
];
const of_owner = [
  { name: "owner-cases", at: () => "/agare" },
  { name: "owner-case", at: (of) => `/agare/arenden/${of.open}` },
  { name: "owner-case-removed", at: (of) => `/agare/arenden/${of.removed}` },
  { name: "owner-compliance", at: () => "/agare/resultat" },
];
const of_municipality = [
  { name: "kommun-now", at: () => "/kommun" },
  { name: "kommun-triage", at: (of) => `/kommun/fordela?arende=${of.unassigned}` },
  { name: "kommun-cases", at: () => "/kommun/arenden" },
  { name: "kommun-case-open", at: (of) => `/kommun/arenden/${of.open}` },
  { name: "kommun-case-removed", at: (of) => `/kommun/arenden/${of.removed}` },
  { name: "kommun-compliance", at: () => "/kommun/resultat" },
  { name: "kommun-messages", at: () => "/kommun/meddelanden" },
];
const seen_by = (role, pages) => pages.map((one) => ({ ...one, role }));

export const pages = [...open_to_all, ...seen_by("police", of_police), ...seen_by("owner", of_owner), ...seen_by("municipality", of_municipality)];

export const languages = ["sv", "en"];
/// The address of a page in a language.
export const in_language = (path, language) => (language === "sv" ? path : path + (path.includes("?") ? "&" : "?") + "lang=" + language);
