// How a mail is written, read back by Python's own parser behind a real mail server; so dots at the beginnings of lines pass
// through the whole of it.

#include "notify/mime.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "base/error.h"
#include "base/text.h"
#include "notify/curl_courier.h"
#include "support/outcomes.h"
#include "support/receivers.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

OutgoingMail a_mail() {
  return {.message_id = "case-1.opened@klotter.hoor.se",
          .from_name = "Höörs kommun, \"klotter\"",
          .reply_to = "samhalle@hoor.se",
          .to = "drift@hfab.se",
          .subject = "Nytt klotter på Friluftsvägen 7: färdigt senast onsdag 25 november kl. 23.59, annars räknas det som försenat",
          .text = "Hej!\n\nKlotter på Åkergränd.\n.\n..\n.början\nFrom nu\nslut \n",
          .html = "<p>Hej! Klotter på <b>Åkergränd</b> &amp; \"mer\"</p>\n",
          .thread_id = "case-1@klotter.hoor.se",
          .unsubscribe_url = "https://klotter.hoor.se/u/abc?x=1",
          .language = Language::sv,
          .date = at("2026-11-22T09:05:07Z")};
}

std::string header(const std::string& mail, const std::string& name) {
  const auto begin = mail.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return "(none)";
  const auto value = begin + name.size() + 4;
  return mail.substr(value, mail.find("\r\n", value) - value);
}

/// Any text of any characters; `lines` with line feeds in it.
std::string any_text(bool lines) {
  std::string text;
  const auto characters = *rc::gen::container<std::vector<char32_t>>(rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange(0x20, 0x7F), [](int c) { return static_cast<char32_t>(c); }),
      rc::gen::element<char32_t>(U'å', U'Ö', U'=', U'?', U'"', U'<', U'.', U' ', U'_', U'\u2028', U'\u00AD', U'\uFEFF', U'😀'),
      rc::gen::map(rc::gen::inRange(0xA0, 0x10FFFF), [](int c) { return static_cast<char32_t>(c >= 0xD800 && c <= 0xDFFF ? 0xE5 : c); })));
  for (char32_t c : characters) {
    // Blanks of other kinds than " " are lost in a name by the parser, and line separators by us.
    if (!lines && (c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000))
      c = U'å';
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    } else {
      text += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)), static_cast<char>(0x80 | (c >> 6 & 63)),
               static_cast<char>(0x80 | (c & 63))};
    }
    if (lines && c % 7 == 0) text += c % 2 == 0 ? "\n." : "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("mime: the headers that mail programs and servers look for") {
  const std::string mail = "\r\n" + to_mime(a_mail(), "klotter@example.se");
  CHECK(header(mail, "Date") == "Sun, 22 Nov 2026 09:05:07 +0000");
  CHECK(header(mail, "To") == "<drift@hfab.se>");
  CHECK(header(mail, "Reply-To") == "<samhalle@hoor.se>");
  CHECK(header(mail, "Message-ID") == "<case-1.opened@klotter.hoor.se>");
  CHECK(header(mail, "References") == "<case-1@klotter.hoor.se>");
  CHECK(header(mail, "In-Reply-To") == "<case-1@klotter.hoor.se>");
  CHECK(header(mail, "Auto-Submitted") == "auto-generated");
  CHECK(header(mail, "X-Auto-Response-Suppress") == "All");
  CHECK(header(mail, "List-Unsubscribe") == "<https://klotter.hoor.se/u/abc?x=1>");
  CHECK(header(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click");
  CHECK(header(mail, "Content-Language") == "sv");
  CHECK(header(mail, "MIME-Version") == "1.0");

  auto plain = a_mail();
  plain.thread_id = plain.unsubscribe_url = plain.reply_to = plain.from_name = "";
  plain.language = Language::en;
  const std::string other = "\r\n" + to_mime(plain, "klotter@example.se");
  for (const char* absent : {"References", "In-Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "Reply-To"})
    CHECK(header(other, absent) == "(none)");
  CHECK(header(other, "From") == "<klotter@example.se>");
  CHECK(header(other, "Content-Language") == "en");
}

TEST_CASE("mime: the same mail gives the same bytes, in lines that every server takes") {
  auto mail = a_mail();
  mail.text += std::string(5000, 'a') + std::string(500, '.') + " \t\n";
  mail.html += std::string(3000, '=');
  const std::string bytes = to_mime(mail, "klotter@example.se");
  CHECK(bytes == to_mime(mail, "klotter@example.se"));
  for (std::size_t begin = 0; begin < bytes.size();) {
    const auto end = bytes.find("\r\n", begin);
    REQUIRE(end != std::string::npos);
    CHECK(end - begin <= 76);
    CHECK(bytes.substr(begin, end - begin).find_first_of("\r\n") == std::string::npos);
    begin = end + 2;
  }
  CHECK(std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_CASE("mime: no text becomes a header or a part") {
  auto mail = a_mail();
  const std::string evil = "x\r\nBcc: evil@example.com\r\n\r\n--=_\r\n";
  mail.from_name = mail.subject = mail.message_id = mail.thread_id = mail.unsubscribe_url = evil;
  const std::string bytes = to_mime(mail, "klotter@example.se");
  CHECK(bytes.find("\nBcc") == std::string::npos);
  CHECK(header(bytes, "Message-ID").find('\n') == std::string::npos);
  mail = a_mail();
  mail.reply_to = "a@b.se\r\nBcc: evil@example.com";
  CHECK(header(to_mime(mail, "klotter@example.se"), "Reply-To") == "(none)");
  mail.to = mail.reply_to;
  CHECK_THROWS_AS(to_mime(mail, "klotter@example.se"), Error);
  mail = a_mail();
  const std::string boundary = [&] {
    const std::string whole = to_mime(mail, "klotter@example.se");
    const auto begin = whole.find("boundary=\"") + 10;
    return whole.substr(begin, whole.find('"', begin) - begin);
  }();
  mail.text = "--" + boundary + "--\n";
  const std::string guessed = to_mime(mail, "klotter@example.se");
  std::size_t times = 0;
  for (auto found = guessed.find("--" + boundary); found != std::string::npos; found = guessed.find("--" + boundary, found + 1)) ++times;
  CHECK(times == 3);  // two parts and the end
}

TEST_CASE("mime: addresses, and what is none") {
  CHECK(ascii_address("drift@hfab.se") == "drift@hfab.se");
  CHECK(ascii_address("a.b+c'd@x-y.example.se") == "a.b+c'd@x-y.example.se");
  CHECK(ascii_address("klotter@höör.se") == "klotter@xn--hr-fkaa.se");
  CHECK(ascii_address("a@localhost") == "a@localhost");
  CHECK(ascii_address(std::string(64, 'a') + "@b.se").size() == 69);
  for (const char* wrong : {"", "@", "a", "a@", "@b.se", "a b@c.se", "a@b c.se", "a\r\n@b.se", "a@b.se\r\nRCPT TO:<c@d.se>", "<a@b.se>", "a@b.se>",
                            "\"a b\"@c.se", "a@@b.se", "a@b@c.se", "a,b@c.se", "a@b.se,c@d.se", "a;b@c.se", ".a@b.se", "a.@b.se", "a..b@c.se",
                            "a@.b.se", "a@b.se.", "a@b..se", "a@-b.se", "a@[127.0.0.1]", "a@b_c.se", "åsa@hfab.se", "a@\xff.se", "a@hö>ör.se",
                            "a@hö\r\nör.se", "a@hö ör.se", "a\tb@c.se", "a(x)@b.se"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(ascii_address(wrong), Error);
  }
  CHECK_THROWS_AS(ascii_address(std::string(65, 'a') + "@b.se"), Error);
  CHECK_THROWS_AS(ascii_address("a@" + std::string(250, 'b') + ".se"), Error);
  CHECK_THROWS_AS(ascii_address(std::string("a\0@b.se", 7)), Error);
}

TEST_CASE("mime: a reader gets exactly what was written, dots at the beginnings of lines and all") {
  const auto receiver = Receiver::of_mails({"--parse"});
  CourierSettings settings;
  settings.smtp_url = "smtp://127.0.0.1:" + std::to_string(receiver.port());
  settings.mail_from = "klotter@example.se";
  CurlCourier courier{settings};
  const auto check = [&](const OutgoingMail& mail) {
    const auto attempt = sent(courier, mail);
    if (attempt.outcome != Attempt::Outcome::accepted) throw std::runtime_error(attempt.detail);
    const auto last = receiver.taken().back();
    CHECK(receiver.mail(last["file"]) == to_mime(mail, settings.mail_from));
    return last["parsed"];
  };
  const auto ended = [](std::string text) { return text.ends_with('\n') ? text : text + "\n"; };

  // Of a name the parser keeps one blank where there are several.
  const auto from = [](std::string name) {
    for (auto two = name.find("  "); two != std::string::npos; two = name.find("  ")) name.erase(two, 1);
    return nlohmann::json::array({nlohmann::json::array({name, "klotter@example.se"})});
  };

  SUBCASE("a mail as we send them") {
    const auto mail = a_mail();
    const auto parsed = check(mail);
    CHECK(parsed["subject"] == mail.subject);
    CHECK(parsed["from"] == from(mail.from_name));
    CHECK(parsed["text"] == mail.text);
    CHECK(parsed["html"] == mail.html);
    CHECK(parsed["defects"] == nlohmann::json::array());
  }
  SUBCASE("subjects and names that look like something else") {
    for (const std::string odd : {"=?utf-8?q?x?=", " två  blanka ", "a, b <c@d.se>", "\"x\" (y)", "", "Re: x", "a;b:c", "\\", "x\t y", "x\u2028y\u0085z"}) {
      CAPTURE(odd);
      auto mail = a_mail();
      mail.subject = mail.from_name = odd;
      const auto parsed = check(mail);
      std::string line = odd;
      std::ranges::replace(line, '\t', ' ');
      if (line.find("\u2028") != std::string::npos) line = "x y z";
      CHECK(parsed["subject"] == line);
      CHECK(parsed["from"] == from(line));
    }
  }
  SUBCASE("any text") {
    CHECK(rc::check("mime: any subject, name and body come back", [&] {
      auto mail = a_mail();
      mail.subject = any_text(false);
      mail.from_name = any_text(false);
      mail.text = any_text(true);
      mail.html = any_text(true);
      const auto parsed = check(mail);
      RC_ASSERT(parsed["subject"].get<std::string>() == mail.subject);
      // And between two encoded words of a name it sees a blank that is none.
      const auto blanks_out = [](std::string text) {
        std::erase(text, ' ');
        return text;
      };
      RC_ASSERT(blanks_out(parsed["from"].dump()) == blanks_out(from(mail.from_name).dump()));
      RC_ASSERT(parsed["text"].get<std::string>() == ended(mail.text));
      RC_ASSERT(parsed["html"].get<std::string>() == ended(mail.html));
    }));
  }
}
