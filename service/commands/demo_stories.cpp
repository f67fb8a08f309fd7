#include "commands/demo_stories.h"

namespace klotterkoll {
namespace {

using enum DemoFate;

const DemoPlace kStorgatan12{"Storgatan 12", "HÖÖR KVARNBÄCK 1:23", 55.9362, 13.5405};
const DemoPlace kStorgatan21{"Storgatan 21", "", 55.9368, 13.5419};
const DemoPlace kFriluftsvagen{"Friluftsvägen 13", "", 55.9403, 13.5372};
const DemoPlace kFriluftsvagen2{"Friluftsvägen 4B", "", 55.9399, 13.5391};
const DemoPlace kNyaTorg{"Nya torg 1", "", 55.9356, 13.5436};
const DemoPlace kSkolgatan{"Skolgatan 7", "", 55.9377, 13.5447};
const DemoPlace kBangardsgatan{"Bangårdsgatan 3", "", 55.9349, 13.5448};
const DemoPlace kJarnvagsgatan{"Järnvägsgatan 1", "", 55.9341, 13.5457};
const DemoPlace kFrostavallsvagen{"Frostavallsvägen 22", "", 55.9452, 13.5431};
const DemoPlace kSatoftavagen{"Sätoftavägen 41", "", 55.9287, 13.5289};
const DemoPlace kSodergatan{"Södergatan 4", "", 55.9335, 13.5421};
const DemoPlace kTjornarp{"Tjörnarps station", "", 55.9935, 13.6266};
const DemoPlace kLjungstorp{"Ljungstorpsvägen 8", "HÖÖR LJUNGSTORP 1:4", 55.9581, 13.5624};

Owner owner(const char* id, const char* name, OwnerKind kind, const char* email, std::vector<std::string> addresses,
            std::vector<std::string> designations = {}) {
  Owner one;
  one.owner_id = id;
  one.name = name;
  one.kind = kind;
  one.email = email;
  one.address_prefixes = std::move(addresses);
  one.designations = std::move(designations);
  return one;
}

}  // namespace

const std::vector<Owner>& demo_owners() {
  static const std::vector<Owner> owners{
      owner("hfab", "Höörs Fastighets AB", OwnerKind::public_company, "drift@hfab.example.se",
            {"Storgatan 12", "Friluftsvägen", "Sätoftavägen"}, {"HÖÖR KVARNBÄCK 1:23", "HÖÖR LJUNGSTORP 1:4"}),
      owner("hoors-kommun", "Höörs kommun", OwnerKind::municipality, "gata@hoor.example.se",
            {"Skolgatan", "Nya torg", "Bangårdsgatan", "Frostavallsvägen"}),
      owner("lindqvist", "Lindqvists fastigheter", OwnerKind::private_owner, "lindqvist@example.se", {"Storgatan 21"}),
      owner("eon", "E.ON Energidistribution AB", OwnerKind::company, "klotter@eon.example.se", {}),
      owner("trafikverket", "Trafikverket", OwnerKind::authority, "klotter@trafikverket.example.se", {"Järnvägsgatan", "Tjörnarps station"}),
      owner("skanetrafiken", "Skånetrafiken", OwnerKind::authority, "hallplatser@skanetrafiken.example.se", {})};
  return owners;
}

const std::vector<DemoStory>& demo_stories() {
  using enum Source;
  using enum Category;
  using S = Surface;
  using O = ObjectType;
  static const std::vector<DemoStory> stories{
      {27, 8, kStorgatan12, police, tag, S::garage_door, O::building, "Stor tagg på garageport, svart sprayfärg.", on_time},
      {26, 14, kNyaTorg, citizen, tag, S::wall, O::building, "Klotter vid cykelstället på torget.", on_time},
      {26, 16, kJarnvagsgatan, police, piece, S::wall, O::tunnel, "Målning i gångtunneln, cirka fyra meter.", late},
      {25, 9, kSkolgatan, municipality, obscene, S::wall, O::building, "Könsord på skolans gavel mot lekplatsen.", on_time, {}, {},
       "Skolan har täckt över tills saneringen är gjord."},
      {24, 22, kFriluftsvagen, police, tag, S::door, O::building, "Tre taggar på entrédörrar, samma signatur.", recorded_after_due},
      {23, 11, kStorgatan21, citizen, tag, S::wall, O::building, "Nytt klotter på fasaden mot gränden.", declined},
      {22, 7, kBangardsgatan, citizen, sticker, S::sign, {}, "Klistermärken över vägvisaren.", on_time},
      {21, 13, kSodergatan, citizen, tag, S::other, O::power_cabinet, "Elskåpet är nedklottrat på alla sidor.", on_time, {}, {}, {}, "HÖR 0412"},
      {20, 10, kFriluftsvagen2, police, hate, S::wall, O::building, "Hets mot folkgrupp på tvättstugan.", on_time, {}, {},
       "Polisen har säkrat spår; ytan får tvättas."},
      {19, 15, kSatoftavagen, citizen, tag, S::fence, {}, "Klotter på planket längs gångvägen.", backdated},
      {18, 12, kLjungstorp, citizen, piece, S::wall, O::building, "Väggmålning bakom förrådet.", not_graffiti},
      {17, 9, kTjornarp, police, tag, S::window, O::rail, "Rutorna i väntkuren på perrongen.", late},
      {16, 18, kNyaTorg, citizen, political, S::ground, {}, "Politiska slagord på marken framför biblioteket.", on_time},
      {15, 8, kStorgatan12, police, tag, S::wall, O::building, "Samma signatur som förra veckan, på gaveln.", rejected, {}, "lindqvist"},
      {14, 20, kFrostavallsvagen, citizen, tag, S::other, O::bus_shelter, "Busskuren vid Frostavallen, båda glasen.", on_time, "skanetrafiken"},
      {13, 11, kSkolgatan, municipality, tag, S::wall, O::playground, "Klotter på lekplatsens rutschkana.", on_time},
      {12, 9, kFriluftsvagen, citizen, tag, S::garage_door, O::building, "Garagelängan, fyra portar.", reopened},
      {12, 17, kBangardsgatan, citizen, other, S::wall, {}, "Färg utspilld eller sprayad på muren.", not_found},
      {11, 14, kStorgatan12, citizen, obscene, S::door, O::building, "Könsord på porten till trapphuset.", confirmed},
      {10, 7, kJarnvagsgatan, police, piece, S::wall, O::bridge, "Ny målning på brofästet.", late},
      {9, 12, kStorgatan21, citizen, tag, S::wall, O::building, "Fasaden igen, nu även fönsterblecket.", stays_open, {}, {},
       "Ägaren är påmind per telefon."},
      {8, 10, kFriluftsvagen2, police, tag, S::wall, O::building, "Fem taggar längs hela långsidan.", on_time},
      {7, 16, kSatoftavagen, citizen, sticker, S::sign, {}, "Klistermärken på hastighetsskylten.", on_time},
      {6, 9, kSodergatan, citizen, tag, S::other, O::power_cabinet, "Elskåp vid Södergatan 4.", stays_open, {}, {}, {}, "HÖR 0415"},
      {5, 13, kNyaTorg, police, tag, S::window, O::building, "Skyltfönster, etsande vätska.", on_time},
      {4, 8, kTjornarp, police, piece, S::wall, O::rail, "Teknikhuset vid spåret.", stays_open},
      {4, 15, kFriluftsvagen, citizen, tag, S::wall, O::building, "Gaveln mot parkeringen.", on_time},
      {3, 9, kStorgatan12, police, tag, S::garage_door, O::building, "Garageporten igen.", stays_open},
      {3, 18, kSkolgatan, citizen, hate, S::wall, O::building, "Hatiskt budskap på idrottshallen.", on_time},
      {2, 11, kFrostavallsvagen, citizen, tag, S::sign, {}, "Informationstavlan är överklottrad.", stays_open},
      {1, 9, kLjungstorp, citizen, tag, S::fence, {}, "Staketet mot skogen.", stays_open},
      {1, 20, {"Kungsgatan 2", "", 55.9359, 13.5391}, citizen, tag, S::wall, O::building, "Litet klotter vid stuprören.", stays_open},
      {0, 5, kFriluftsvagen2, police, tag, S::door, O::building, "Källardörren, röd färg.", stays_open},
      {0, 1, {"Kvarngatan 9", "", 55.9382, 13.5462}, citizen, other, {}, {}, "Någon har sprayat på återvinningen.", stays_open},
  };
  return stories;
}

}  // namespace klotterkoll
