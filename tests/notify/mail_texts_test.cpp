#include "notify/mail_texts.h"

#include <doctest/doctest.h>

#include <random>

#include "support/workshop.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

Instant at(const char* text) { return parse_instant(text).value(); }

constexpr std::size_t kTopics = names_of(MailTopic{}).size(), kFrames = 7;

/// A tag on a garage door at Storgatan 12, reported on a Monday and due on Thursday night.
MailItem tag(MailTopic topic, const std::string& reference = "HR7K-2M9Q-X4", const std::string& place = "Storgatan 12") {
  MailItem item;
  item.topic = topic;
  item.reference = reference;
  item.category = Category::tag;
  item.surface = Surface::garage_door;
  item.place = place;
  item.at = at("2026-11-16T10:00:00+01:00");
  item.due_at = at("2026-11-19T23:59:59+01:00");
  item.closing_url = "https://klotter.hoor.se/atgarda/1267/abc";
  item.case_url = "https://klotter.hoor.se/arende/HR7K-2M9Q-X4";
  return item;
}

MailContent to_owner(std::vector<MailItem> items) {
  MailContent content;
  content.municipality_name = "Höör";
  content.recipient_name = "Höörs Fastighets AB";
  content.items = std::move(items);
  return content;
}

MailContent to_reporter(MailItem item) {
  MailContent content = to_owner({std::move(item)});
  content.audience = Audience::reporters;
  content.recipient_name.clear();
  content.items[0].closing_url.clear();
  content.unsubscribe_url = "https://klotter.hoor.se/sluta/abc";
  return content;
}

MailText written(const MailContent& content) {
  static const MailTexts texts;
  return texts.write(content);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Both say it.
void check_says(const MailText& mail, const std::string& part) {
  CAPTURE(part);
  CHECK(has(mail.text, part));
  CHECK(has(mail.html, part));
}

/// Reads every mail of the folder with a strict XML parser; only what our template is made of may be in it.
constexpr const char* kReader = R"(
import pathlib, sys, xml.etree.ElementTree as E
elements = set("html head meta title body table tr td h1 h2 h3 p a br ul li blockquote".split())
attributes = set("lang charset name content style role width cellpadding cellspacing border align href".split())
count = 0
for path in sorted(pathlib.Path(".").glob("*.html")):
    for element in E.fromstring(path.read_bytes()).iter():
        name = element.tag.split("}")[1]
        assert name in elements, (path, name)
        assert set(element.attrib) <= attributes, (path, name, element.attrib)
        if name == "a":
            assert element.attrib["href"].startswith(("https://", "http://", "geo:")), (path, element.attrib)
            assert "".join(element.itertext()).strip(), path
    count += 1
print(count)
)";

}  // namespace

TEST_CASE("mail texts: one new case, in words that anybody understands") {
  MailItem item = tag(MailTopic::new_case);
  item.description = "Stor tagg, svart färg.\nSyns från <b>vägen</b> & bron.";
  item.photo_url = "https://klotter.hoor.se/foto/1";
  item.map_url = "geo:55.93620,13.54050;u=10";
  const MailText mail = written(to_owner({item}));
  CHECK(mail.subject == "[HR7K-2M9Q-X4] Nytt ärende: Storgatan 12, klart senast tors 19 nov");
  check_says(mail, "Hej Höörs Fastighets AB,");
  check_says(mail, "Klotter på Storgatan 12 ska vara borta senast torsdag 19 november kl. 23.59.");
  check_says(mail, "tagg, garageport");
  check_says(mail, "HR7K-2M9Q-X4");
  check_says(mail, "55.93620, 13.54050");
  check_says(mail, "https://klotter.hoor.se/atgarda/1267/abc");
  check_says(mail, "Klotterkoll, Höör");
  CHECK(has(mail.text, "> Syns från <b>vägen</b> & bron."));
  CHECK(has(mail.html, "Syns från &lt;b&gt;vägen&lt;/b&gt; &amp; bron."));
  CHECK_FALSE(has(mail.html, "<img"));
  CHECK_FALSE(has(mail.html, "http-equiv"));
  // The sentence tells the deadline; a second line would only repeat it.
  CHECK_FALSE(has(mail.text, "Senast: "));
}

TEST_CASE("mail texts: the same in English") {
  MailContent content = to_owner({tag(MailTopic::new_case)});
  content.language = Language::en;
  const MailText mail = written(content);
  CHECK(mail.subject == "[HR7K-2M9Q-X4] New case: Storgatan 12, due Thu 19 Nov");
  check_says(mail, "Graffiti at Storgatan 12 is to be gone by Thursday 19 November at 23:59.");
  CHECK(has(mail.html, "lang=\"en\""));
}

TEST_CASE("mail texts: of several cases the subject counts, what presses first") {
  std::vector<MailItem> items;
  for (int i = 0; i < 7; ++i) items.push_back(tag(i < 2 ? MailTopic::new_case : MailTopic::due_soon, "HR7K-2M9Q-X" + std::to_string(i)));
  items[3].hours_left = 1;
  const MailText mail = written(to_owner(items));
  CHECK(mail.subject == "7 ärenden: 5 går snart ut, 2 nya");
  CHECK(mail.text.find("Går snart ut\n=") < mail.text.find("Nya ärenden\n="));
  for (const MailItem& item : items) check_says(mail, item.reference);
  check_says(mail, "Det är en timme kvar.");
  // Two things about one case are a mail about that case.
  CHECK(written(to_owner({tag(MailTopic::new_case), tag(MailTopic::due_soon)})).subject.starts_with("[HR7K-2M9Q-X4] Går snart ut: "));
}

TEST_CASE("mail texts: a deadline that has passed is told as past") {
  MailItem late = tag(MailTopic::new_case);
  late.at = at("2026-11-20T08:00:00+01:00");
  check_says(written(to_owner({late})), "skulle ha varit borta senast torsdag 19 november kl. 23.59.");
  late.at = *late.due_at;  // its last second is on time
  check_says(written(to_owner({late})), "ska vara borta senast");
}

TEST_CASE("mail texts: to those who reported: received, removed with the photo, dismissed and why, late and why") {
  MailItem removed = tag(MailTopic::removed);
  removed.removed_at = at("2026-11-18T14:30:00+01:00");
  removed.photo_url = "https://klotter.hoor.se/foto/efter";
  MailText mail = written(to_reporter(removed));
  CHECK(mail.subject == "[HR7K-2M9Q-X4] Klottret är borta: Storgatan 12");
  check_says(mail, "Det togs bort onsdag 18 november kl. 14.30.");
  check_says(mail, "Bild efteråt");
  check_says(mail, "https://klotter.hoor.se/foto/efter");
  check_says(mail, "https://klotter.hoor.se/sluta/abc");
  MailItem dismissed = tag(MailTopic::dismissed);
  dismissed.reason = to_code(DismissalReason::legal_wall);
  check_says(written(to_reporter(dismissed)), "Väggen är till för att målas på");
  MailItem late = tag(MailTopic::not_in_time);
  for (const auto& [why, told] : {std::pair{Delay::unassigned, "vem som ansvarar för ytan"}, {Delay::owner, "har inte tagit bort det i tid"}, {Delay::held, "fått vänta"}}) {
    late.reason = to_code(why);
    check_says(written(to_reporter(late)), told);
  }
  check_says(written(to_reporter(tag(MailTopic::received))), "I Höör ska klotter vara borta inom tre dagar.");
}

TEST_CASE("mail texts: an address that was typed is asked to confirm, with one button") {
  MailContent content = to_reporter(tag(MailTopic::received));
  content.frame = MailFrame::confirm_address;
  content.confirm_url = "https://klotter.hoor.se/bekrafta/abc";
  content.unsubscribe_url.clear();
  const MailText mail = written(content);
  CHECK(mail.subject == "[HR7K-2M9Q-X4] Bekräfta din e-postadress: Storgatan 12");
  check_says(mail, "https://klotter.hoor.se/bekrafta/abc");
  check_says(mail, "Gör du inget hör vi inte av oss mer.");
}

TEST_CASE("mail texts: officers read who declined and why; a note is shown as somebody's words") {
  MailItem item = tag(MailTopic::rejected);
  item.owner_name = "E.ON <b>Energi</b>";
  item.reason = "sold";
  item.note = "Såld i våras.";
  MailContent content = to_owner({item});
  content.audience = Audience::officers;
  content.list_url = "https://klotter.hoor.se/kommun";
  const MailText mail = written(content);
  CHECK(mail.subject == "[HR7K-2M9Q-X4] Avböjt av ägaren: Storgatan 12");
  CHECK(has(mail.text, "E.ON <b>Energi</b> har avböjt ärendet om klotter på Storgatan 12: fastigheten är såld."));
  CHECK_FALSE(has(mail.html, "<b>"));
  CHECK(has(mail.text, "Senast: torsdag 19 november kl. 23.59"));
  check_says(mail, "Såld i våras.");
  check_says(mail, "https://klotter.hoor.se/kommun");
}

TEST_CASE("mail texts: what could not be delivered, with the answer of the other side") {
  MailContent content = to_owner({});
  content.audience = Audience::officers;
  content.frame = MailFrame::parked;
  content.parked = {{"HFAB", "event", "550 5.1.1 <unknown>", {"HR7K-2M9Q-X4", "HR7K-2M9Q-X5"}}};
  const MailText mail = written(content);
  CHECK(mail.subject == "1 meddelande gick inte att leverera");
  CHECK(has(mail.html, "550 5.1.1 &lt;unknown&gt;"));
  check_says(mail, "HR7K-2M9Q-X4, HR7K-2M9Q-X5");
}

TEST_CASE("mail texts: what runs out over the weekend, and a digest, say what they are") {
  MailContent content = to_owner({tag(MailTopic::due_soon), tag(MailTopic::due_soon, "HR7K-2M9Q-X5")});
  content.frame = MailFrame::weekend;
  MailText mail = written(content);
  CHECK(mail.subject == "2 ärenden går ut före måndagens slut");
  check_says(mail, "Det här ska vara borta före måndagens slut.");
  content.items.pop_back();
  CHECK(written(content).subject == "[HR7K-2M9Q-X4] Går ut före måndagens slut: Storgatan 12, klart senast tors 19 nov");
  content.frame = MailFrame::digest;
  check_says(written(content), "Det här har hänt sedan förra mejlet.");
}

TEST_CASE("mail texts: an address that was changed is told so, and what it has to do; the former one neither whose it is nor what") {
  MailContent content = to_owner({tag(MailTopic::new_case), tag(MailTopic::overdue, "HR7K-2M9Q-X5")});
  content.frame = MailFrame::open_cases;
  const MailText present = written(content);
  CHECK(present.subject == "Ny adress: 2 öppna ärenden");
  check_says(present, "Den här adressen är nu anmäld för ärenden om klotter i Höör.");
  check_says(present, "https://klotter.hoor.se/atgarda/1267/abc");
  MailContent nothing;
  nothing.municipality_name = "Höör";
  nothing.frame = MailFrame::address_changed;
  const MailText former = written(nothing);
  CHECK(former.subject == "Adressen används inte längre");
  check_says(former, "Den här adressen används inte längre för ärenden om klotter i Höör.");
  CHECK_FALSE(has(former.text, "http"));
  CHECK_FALSE(has(former.html, "href"));
  nothing.language = Language::en;
  CHECK(written(nothing).subject == "This address is not used any more");
}

TEST_CASE("mail texts: two hundred cases are one mail, each with its link; beyond what a mail holds they are counted") {
  const auto many = [](std::size_t n) {
    std::vector<MailItem> items;
    for (std::size_t i = 0; i < n; ++i) {
      items.push_back(tag(MailTopic::new_case, "REF-" + std::to_string(i)));
      items.back().closing_url += std::to_string(i) + "/";
    }
    return written(to_owner(items));
  };
  MailText mail = many(200);
  CHECK(mail.subject == "200 ärenden: 200 nya");
  for (int i = 0; i < 200; ++i) check_says(mail, "/abc" + std::to_string(i) + "/");
  CHECK_FALSE(has(mail.text, "Dessutom"));
  CHECK(mail.html.size() < 200'000);
  CHECK_FALSE(has(many(kToldInFull).text, "Fler ärenden"));
  CHECK(has(many(kToldInFull + 1).text, "Fler ärenden"));
  CHECK_FALSE(has(many(kToldAtAll).text, "Dessutom"));
  CHECK(has(many(kToldAtAll + 2).text, "Dessutom 2 till som inte står här."));
}

TEST_CASE("mail texts: a link goes only where ours go, and none is empty") {
  MailItem item = tag(MailTopic::new_case);
  item.photo_url = "javascript:alert(1)";
  item.case_url = item.closing_url = "";
  item.map_url = "geo:javascript";
  const MailText mail = written(to_owner({item}));
  CHECK_FALSE(has(mail.html, "href"));
  CHECK_FALSE(has(mail.text, "javascript"));
}

TEST_CASE("mail texts: who has nothing more to do gets no button") {
  for (const MailTopic topic : {MailTopic::left_you, MailTopic::decided, MailTopic::merged}) CHECK_FALSE(has(written(to_owner({tag(topic)})).html, "/atgarda/"));
}

TEST_CASE("mail texts: every topic, frame, audience and language reads well, with all there is and with nothing") {
  const Workshop folder;
  int count = 0;
  for (std::size_t topic = 0; topic < kTopics; ++topic)
    for (std::size_t frame = 0; frame < kFrames; ++frame)
      for (const Audience audience : {Audience::owner, Audience::second_contact, Audience::officers, Audience::reporters})
        for (const Language language : {Language::sv, Language::en})
          for (const bool full : {true, false}) {
            if (topic && frame) continue;  // every frame with one topic, every topic in one frame
            MailItem item;
            item.topic = static_cast<MailTopic>(topic);
            item.at = at("2026-11-16T10:00:00+01:00");
            item.reference = "HR7K-2M9Q-X4";
            if (full) {
              item = tag(item.topic);
              item.object_type = ObjectType::building;
              item.hold_until = item.removed_at = item.due_at;
              item.hours_left = 5;
              item.reason = "weather";
              item.owner_name = "HFAB";
            }
            MailContent content = to_owner({item});
            content.frame = static_cast<MailFrame>(frame);
            content.audience = audience;
            content.language = language;
            if (full && frame == 4) content.parked = {{"HFAB", "event", "550", {"HR7K-2M9Q-X4"}}};
            const MailText mail = written(content);
            CAPTURE(mail.subject);
            CAPTURE(mail.text);
            for (const char* wrong : {"{{", "}}", "  ", " .", " ,", "()", ": .", "..", ": \n"}) {
              CAPTURE(wrong);
              CHECK_FALSE(has(mail.subject, wrong));
              // The mark of the signature ends with a space.
              std::string body = mail.text;
              if (const auto mark = body.find("\n-- \n"); mark != body.npos) body.erase(mark, 4);
              CHECK_FALSE(has(body, wrong));
            }
            CHECK(characters_in(mail.subject) <= kSubjectCharacters);
            CHECK_FALSE(has(mail.text, "\n\n\n"));
            folder.write(std::to_string(count++) + ".html", mail.html);
          }
  const CommandResult read = folder.run_program({"python3", "-c", kReader});
  CHECK(read.err == "");
  CHECK(read.out == std::to_string(count) + "\n");
}

TEST_CASE("mail texts: nothing that anybody writes breaks the HTML or adds a line to the subject") {
  const Workshop folder;
  const std::vector<std::string> hostile{"</td></table><script>alert(1)</script>", "\"><img src=x onerror=y>", "' onmouseover='x", "&amp;&#0;&lt;", "]]>", "<!--",
                                         "{{{subject}}}", "{{#items}}", "\r\nBcc: alla@example.se\r\n\r\n", "\u2028\u2029\u0085", "\u202E\u2066", "\xC3\x28\xED\xA0\x80\xFF",
                                         std::string(3, '\0'), "\x1b[2J\x7f", "\uFFFE\uFFFF\uFDD0", "👩‍👧‍👦åäö", "\n.\nQUIT\n"};
  constexpr unsigned kSeed = 20261122;
  CAPTURE(kSeed);
  std::mt19937 chance{kSeed};
  const auto words = [&] {
    std::string text;
    for (auto parts = chance() % 8; parts > 0; --parts) {
      if (chance() % 2) {
        text += hostile[chance() % hostile.size()];
      } else {
        for (auto n = chance() % 20; n > 0; --n) {  // any code point, surrogates too
          const auto c = static_cast<std::uint32_t>(chance() % (chance() % 3 ? 0x300 : 0x110000));
          if (c < 0x80) text += static_cast<char>(c);
          else if (c < 0x800) text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
          else if (c < 0x10000) text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
          else text += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
        }
      }
    }
    return text;
  };
  constexpr int kMails = 150;
  for (int i = 0; i < kMails; ++i) {
    MailContent content = to_owner({});
    content.audience = static_cast<Audience>(chance() % 4);
    content.frame = static_cast<MailFrame>(chance() % kFrames);
    content.language = static_cast<Language>(chance() % 2);
    content.municipality_name = words();
    content.recipient_name = words();
    for (auto n = chance() % 4; n > 0; --n) {
      MailItem item = tag(static_cast<MailTopic>(chance() % kTopics), words(), words());
      for (std::string* field : {&item.description, &item.reason, &item.owner_name, &item.note}) *field = words();
      item.closing_url = "https://klotter.hoor.se/" + words();
      item.case_url = words();
      item.photo_url = "http://" + words();
      item.map_url = "geo:" + words();
      content.items.push_back(item);
    }
    content.parked = {{words(), words(), words(), {words(), words()}}};
    content.confirm_url = content.list_url = content.unsubscribe_url = "https://" + words();
    const MailText mail = written(content);
    CAPTURE(mail.subject);
    CHECK(on_one_line(mail.subject) == mail.subject);
    CHECK(characters_in(mail.subject) <= kSubjectCharacters);
    CHECK_FALSE(has(mail.html, "<script"));
    CHECK_FALSE(has(mail.html, "<img"));
    folder.write(std::to_string(i) + ".html", mail.html);
  }
  const CommandResult read = folder.run_program({"python3", "-c", kReader});
  CHECK(read.err == "");
  CHECK(read.out == std::to_string(kMails) + "\n");
}
