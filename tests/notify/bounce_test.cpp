#include "notify/bounce.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

using namespace klotterkoll;
using Action = DeliveryReport::Action;

namespace {

const std::string kPostfix = R"(Return-Path: <>
From: MAILER-DAEMON@mx.example.se (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: klotter@example.se
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4Y1.1700000000/mx.example.se"
Message-Id: <20261122100000.4Y1@mx.example.se>

This is a MIME-encapsulated message.

--4Y1.1700000000/mx.example.se
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

--4Y1.1700000000/mx.example.se
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.se
X-Postfix-Queue-ID: 4Y1
X-Postfix-Sender: rfc822; klotter@example.se
Arrival-Date: Sun, 22 Nov 2026 11:00:00 +0100 (CET)

Final-Recipient: rfc822; drift@hfab.se
Original-Recipient: rfc822;drift@hfab.se
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.hfab.se
Diagnostic-Code: smtp; 550 5.1.1 <drift@hfab.se>: Recipient address rejected:
    User unknown in virtual mailbox table

--4Y1.1700000000/mx.example.se
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

Date: Sun, 22 Nov 2026 09:05:07 +0000
From: <klotter@example.se>
To: <drift@hfab.se>
Subject: =?UTF-8?B?SMO2w7Zy?=
Message-ID: <case-1.opened@klotter.hoor.se>
Content-Type: text/plain; charset=utf-8

Klotter på Åkergränd.

--4Y1.1700000000/mx.example.se--
)";

const std::string kExim = R"(Return-path: <>
X-Failed-Recipients: info@bostad.se
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@server.se>
To: klotter@example.se
References: <case-2.due@klotter.hoor.se>
Content-Type: multipart/report; report-type=delivery-status; boundary=1700000000-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1700000000-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1700000000-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; server.se

Action: failed
Final-Recipient: rfc822;info@bostad.se
Status: 5.0.0
Remote-MTA: dns; mx.bostad.se
Diagnostic-Code: smtp; 552 Mailbox quota exceeded

--1700000000-eximdsn-1804289383
Content-type: message/rfc822

Return-path: <klotter@example.se>
Message-ID: <case-2.due@klotter.hoor.se>
Subject: x

text
--1700000000-eximdsn-1804289383--
)";

const std::string kExchange = R"(From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@hoor.se>
To: "klotter@example.se" <klotter@example.se>
Content-Type: multipart/report; report-type=delivery-status;
 boundary="_000_abc_"
Content-Language: sv-SE
Message-ID: <x@hoor.se>
In-Reply-To: <case-3@klotter.hoor.se>
References: <case-3@klotter.hoor.se>
Subject: =?utf-8?B?R8OlciBpbnRlIGF0dCBsZXZlcmVyYQ==?=
MIME-Version: 1.0

--_000_abc_
Content-Type: multipart/alternative; differences=Content-Type;
 boundary="_001_abc_"

--_001_abc_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Det gick inte att leverera till f=C3=B6ljande mottagare:

--_001_abc_
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<p>Det gick inte</p>

--_001_abc_--

--_000_abc_
Content-Type: message/delivery-status

Reporting-MTA: dns;mail.hoor.se
Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822;anna.svensson@hoor.se
Action: FAILED
Status: 5.1.10 (unknown)
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; mottagaren hittades inte på servern
X-Display-Name: =?utf-8?B?QW5uYQ==?=

--_000_abc_
Content-Type: text/rfc822-headers

Received: from a by b
Subject: x
Message-ID:
 <case-3.overdue@klotter.hoor.se>
Date: Sun, 22 Nov 2026 10:00:00 +0000

--_000_abc_--
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("bounce: what Postfix, Exim and Exchange say") {
  for (const bool crlf : {false, true}) {
    const auto read = [&](const std::string& mail) { return read_delivery_report(crlf ? replaced(mail, "\n", "\r\n") : mail); };
    const auto postfix = read(kPostfix);
    REQUIRE(postfix);
    CHECK(postfix->action == Action::failed);
    CHECK(postfix->message_id == "case-1.opened@klotter.hoor.se");
    CHECK(postfix->recipient == "drift@hfab.se");
    CHECK(postfix->addresses == std::vector<std::string>{"drift@hfab.se", "drift@hfab.se"});
    CHECK(postfix->status == "5.1.1");
    CHECK(postfix->diagnostic == "550 5.1.1 <drift@hfab.se>: Recipient address rejected: User unknown in virtual mailbox table");

    const auto exim = read(kExim);
    REQUIRE(exim);
    CHECK(exim->message_id == "case-2.due@klotter.hoor.se");
    CHECK(exim->recipient == "info@bostad.se");
    CHECK(exim->status == "5.0.0");
    CHECK(exim->diagnostic == "552 Mailbox quota exceeded");

    const auto exchange = read(kExchange);
    REQUIRE(exchange);
    CHECK(exchange->action == Action::failed);
    CHECK(exchange->message_id == "case-3.overdue@klotter.hoor.se");
    CHECK(exchange->recipient == "anna.svensson@hoor.se");
    CHECK(exchange->status == "5.1.10");
    CHECK(exchange->diagnostic == "550 5.1.10 RESOLVER.ADR.RecipientNotFound; mottagaren hittades inte på servern");
  }
}

TEST_CASE("bounce: a mail that is only late, or has come through, is told as such") {
  CHECK(read_delivery_report(replaced(kPostfix, "Action: failed", "Action: delayed"))->action == Action::delayed);
  CHECK(read_delivery_report(replaced(kPostfix, "Action: failed", "Action: delivered"))->action == Action::delivered);
  CHECK(read_delivery_report(replaced(kPostfix, "Action: failed", "Action: relayed"))->action == Action::relayed);
  CHECK_FALSE(read_delivery_report(replaced(kPostfix, "Action: failed", "Action: exploded")));
}

TEST_CASE("bounce: of several recipients the one that failed is told") {
  const std::string two = replaced(kPostfix, "Final-Recipient: rfc822; drift@hfab.se",
                                   "Final-Recipient: rfc822; jour@hfab.se\nAction: delayed\nStatus: 4.4.1\n\nFinal-Recipient: rfc822; drift@hfab.se");
  const auto report = read_delivery_report(two);
  REQUIRE(report);
  CHECK(report->recipient == "drift@hfab.se");
  CHECK(report->status == "5.1.1");
}

TEST_CASE("bounce: a mail that was sent on has two addresses, and a domain two spellings") {
  std::string on = replaced(kPostfix, "Final-Recipient: rfc822; drift@hfab.se", "Final-Recipient: rfc822; <kalle@annan.se>");
  CHECK(read_delivery_report(on)->addresses == std::vector<std::string>{"kalle@annan.se", "drift@hfab.se"});
  on = replaced(on, "Original-Recipient: rfc822;drift@hfab.se", "Original-Recipient: rfc822;klotter@xn--hr-fkaa.se");
  CHECK(read_delivery_report(on)->addresses == std::vector<std::string>{"kalle@annan.se", "klotter@xn--hr-fkaa.se", "klotter@höör.se"});
  on = replaced(replaced(on, "<kalle@annan.se>", "kalle"), "Original-Recipient", "X-Original");
  CHECK(read_delivery_report(on)->addresses.empty());
}

TEST_CASE("bounce: without the mail that was sent back, the one it answers is meant") {
  const auto report = read_delivery_report(replaced(kExchange, "text/rfc822-headers", "text/plain"));
  REQUIRE(report);
  CHECK(report->message_id == "case-3@klotter.hoor.se");
  const auto nothing = read_delivery_report(replaced(replaced(kExchange, "text/rfc822-headers", "text/plain"), "In-Reply-To: ", "X-Other: "));
  REQUIRE(nothing);
  CHECK(nothing->message_id == "");
}

TEST_CASE("bounce: answers, holiday notices and spam are none") {
  CHECK_FALSE(read_delivery_report(""));
  CHECK_FALSE(read_delivery_report("hej"));
  CHECK_FALSE(read_delivery_report("From: a@b.se\nSubject: Semester\nAuto-Submitted: auto-replied\n\nJag är på semester. Action: failed\nStatus: 5.1.1\n"));
  CHECK_FALSE(read_delivery_report(replaced(kPostfix, "message/delivery-status", "text/plain")));
  CHECK_FALSE(read_delivery_report(replaced(kPostfix, "multipart/report", "multipart/mixed")));
  // A bounce that somebody forwards is not one.
  CHECK_FALSE(read_delivery_report("From: a@b.se\nContent-Type: message/rfc822\n\n" + kPostfix));
  CHECK_FALSE(read_delivery_report("From: a@b.se\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: message/rfc822\n\n" +
                                   kPostfix + "\n--q--\n"));
}

TEST_CASE("bounce: what is cut short, huge, deeply nested or random is read or not, and does no harm") {
  for (std::size_t size = 0; size <= kPostfix.size(); size += 7) read_delivery_report(kPostfix.substr(0, size));
  CHECK(read_delivery_report(kPostfix.substr(0, kPostfix.find("Klotter p")))->message_id == "case-1.opened@klotter.hoor.se");

  CHECK(read_delivery_report(kPostfix + std::string((1 << 20) - kPostfix.size(), 'x')));
  CHECK_FALSE(read_delivery_report(kPostfix + std::string((1 << 20) - kPostfix.size() + 1, 'x')));

  std::string nested;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "b" + std::to_string(i);
    nested += "Content-Type: Multipart/Report; boundary=" + name + "\n\n--" + name + "\n";
  }
  CHECK_FALSE(read_delivery_report(nested.substr(0, 1 << 20)));
  std::string messages;
  for (int i = 0; i < 30'000; ++i) messages += "Content-Type: message/rfc822\n\n";
  CHECK_FALSE(read_delivery_report(messages.substr(0, 1 << 20)));

  CHECK(rc::check("bounce: a report with bytes changed at random does no harm", [] {
    std::string mail = *rc::gen::element(kPostfix, kExim, kExchange);
    for (const auto& [at, byte] : *rc::gen::container<std::vector<std::pair<unsigned, char>>>(rc::gen::arbitrary<std::pair<unsigned, char>>()))
      mail[at % mail.size()] = byte;
    const auto report = read_delivery_report(mail);
    if (report) {
      RC_ASSERT(report->diagnostic.size() <= 203u);
      RC_ASSERT(report->message_id.size() <= 250u);
      RC_ASSERT(std::ranges::none_of(report->diagnostic, [](char c) { return c == '\n' || c == '\0'; }));
    }
  }));
}
