// What the pages of the table show: cases in each state, made by the API as people make them.
import { link_in } from "./town.mjs";

export const kFriluftsvagen = { lat: 55.9411, lon: 13.5502, address: "Friluftsvägen 7" };  // HFAB's
export const kSodergatan = { lat: 55.9329, lon: 13.5407, address: "Södergatan 19" };  // nobody's in the register

export const random_number = () => 100_000 + Math.floor(Math.random() * 900_000);
export const k_number = () => `5000-K${random_number()}-${new Date().getFullYear() % 100}`;

export async function send_photo(town, role, jpeg) {
  return (await town.send(role, "POST", "/photos", jpeg, "image/jpeg")).id;
}

export async function make_examples(town, jpeg) {
  const report = async (role, body) => (await town.api(role, "POST", "/reports", body)).case;
  const k = k_number();
  const open = await report("police", { location: kFriluftsvagen, category: "tag", surface: "garage_door", description: "Svart tagg över hela porten.",
                                        police_reference: k, photo_ids: [await send_photo(town, "police", jpeg)] });
  await report("", { joins: open.reference, location: kFriluftsvagen, category: "tag", description: "Det sitter till höger om porten också.",
                     photo_ids: [await send_photo(town, "", jpeg)] });
  const asked = await report("", { location: kSodergatan, category: "tag", description: "Klotter på planket vid gången.",
                                   photo_ids: [await send_photo(town, "", jpeg)], contact: { email: "anmalare@example.se" } });
  const removed = await report("police", { location: { lat: 55.9403, lon: 13.5372, address: "Friluftsvägen 13" }, category: "tag", police_reference: k,
                                           photo_ids: [await send_photo(town, "police", jpeg)] });
  await town.api("owner", "PUT", `/cases/${removed.reference}/removal`,
                 { removed_at: new Date().toISOString().slice(0, 19) + "Z", method: "washed", cost_sek: 1450, photo_ids: [await send_photo(town, "owner", jpeg)] });
  const owners_letter = await town.letter("drift@hfab.example.se", new RegExp(open.reference));
  const reporters_letter = await town.letter("anmalare@example.se", /\/post\//);
  return {
    open: open.reference, unassigned: asked.reference, removed: removed.reference, k_number: k,
    closing: link_in(owners_letter, "/atgarda/1267/"), mail: link_in(reporters_letter, "/post/1267/").replace(/\/(ja|nej)$/, ""),
  };
}

/// A place in Höör where nothing else is, so that no case lies near it.
export const new_spot = () => ({ lat: 55.86 + Math.random() * 0.05, lon: 13.37 + Math.random() * 0.35 });

/// The reports that say so, as the kommun sees them.
export async function reports_saying(town, text) {
  return (await town.api("municipality", "GET", "/reports?limit=200")).items.filter((one) => one.description === text);
}
