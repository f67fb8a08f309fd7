#include "origin.h"

#include <doctest/doctest.h>

#include <map>

using namespace klotterkoll;

namespace {

using Values = std::vector<std::string>;

const std::vector<Network> kTrusted = {Network("127.0.0.1/32"), Network("10.0.0.0/8"), Network("2001:db8::/32")};

using Headers = std::map<std::string, Values>;

Origin told(const std::string& peer, ProxyHeaders written, const Headers& headers) {
  return origin_of(peer, written, [&](const char* name) { return headers.contains(name) ? headers.at(name) : Values{}; }, kTrusted);
}
Origin told(const std::string& peer, const Values& forwarded) {
  return told(peer, ProxyHeaders::forwarded, {{"Forwarded", forwarded}});
}
Origin told_by_x(const std::string& peer, const Values& addresses) {
  return told(peer, ProxyHeaders::x_forwarded, {{"X-Forwarded-For", addresses}});
}

}  // namespace

TEST_CASE("origin: a stranger's headers are not believed") {
  const Headers all{{"Forwarded", {"for=1.1.1.1;proto=https;host=evil"}},
                    {"X-Forwarded-For", {"1.1.1.1"}},
                    {"X-Forwarded-Proto", {"https"}},
                    {"X-Forwarded-Host", {"evil"}}};
  for (const auto written : {ProxyHeaders::x_forwarded, ProxyHeaders::forwarded}) {
    const auto origin = told("192.0.2.7", written, all);
    CHECK(origin.address == "192.0.2.7");
    CHECK(origin.scheme.empty());
    CHECK(origin.host.empty());
  }
}

TEST_CASE("origin: a trusted proxy tells the client and the public URL") {
  const auto origin = told("127.0.0.1", {"for=192.0.2.7;proto=https;host=\"klotter.hoor.se:8443\";prefix=/klotter/"});
  CHECK(origin.address == "192.0.2.7");
  CHECK(origin.scheme == "https");
  CHECK(origin.host == "klotter.hoor.se:8443");
  CHECK(origin.prefix == "/klotter");
  CHECK(told("::ffff:127.0.0.1", {"FOR=\"[2001:DB9::1]:4711\""}).address == "2001:db9::1");
  CHECK(told("127.0.0.1", {"for=\"192.0.2.7:4711\""}).address == "192.0.2.7");
  CHECK(told("127.0.0.1", {}).address == "127.0.0.1");
}

TEST_CASE("origin: of a chain only the part behind trusted proxies counts") {
  // The client wrote 1.1.1.1; the outer proxy 10.1.1.1 saw 192.0.2.7; the inner one at 127.0.0.1 saw 10.1.1.1.
  const auto origin = told("127.0.0.1", {"for=1.1.1.1;host=evil, for=192.0.2.7;proto=https;host=a", "for=10.1.1.1;proto=http;host=b"});
  CHECK(origin.address == "192.0.2.7");
  CHECK(origin.scheme == "https");
  CHECK(origin.host == "a");
  CHECK(told_by_x("127.0.0.1", {"1.1.1.1, 192.0.2.7", "10.1.1.1"}).address == "192.0.2.7");
  CHECK(told_by_x("2001:db8::5", {"1.1.1.1, 192.0.2.7, 10.1.1.1"}).address == "192.0.2.7");
}

TEST_CASE("origin: only the headers that the proxy writes are looked at") {
  // A proxy that knows one kind passes the other on as the client sent it.
  const Headers both{{"Forwarded", {"for=1.1.1.1;proto=http;host=a.example;prefix=/a"}},
                     {"X-Forwarded-For", {"2.2.2.2"}},
                     {"X-Forwarded-Proto", {"https"}},
                     {"X-Forwarded-Host", {"b.example"}}};
  const auto by_x = told("127.0.0.1", ProxyHeaders::x_forwarded, both), by_forwarded = told("127.0.0.1", ProxyHeaders::forwarded, both);
  CHECK(by_x.address == "2.2.2.2");
  CHECK(by_x.scheme == "https");
  CHECK(by_x.host == "b.example");
  CHECK(by_x.prefix.empty());
  CHECK(by_forwarded.address == "1.1.1.1");
  CHECK(by_forwarded.scheme == "http");
  CHECK(by_forwarded.host == "a.example");
  CHECK(told("127.0.0.1", ProxyHeaders::x_forwarded, {{"Forwarded", {"for=1.1.1.1"}}}).address == "127.0.0.1");
  CHECK(told("127.0.0.1", ProxyHeaders::forwarded, {{"X-Forwarded-For", {"1.1.1.1"}}}).address == "127.0.0.1");
}

TEST_CASE("origin: of scheme and host the last one counts, which the nearest proxy wrote, and nonsense does not") {
  const auto origin = told("127.0.0.1", ProxyHeaders::x_forwarded,
                           {{"X-Forwarded-For", {"192.0.2.7"}}, {"X-Forwarded-Proto", {"http, https"}}, {"X-Forwarded-Host", {"evil", "a.example:8443"}}});
  CHECK(origin.scheme == "https");
  CHECK(origin.host == "a.example:8443");
  const auto nonsense = told("127.0.0.1", ProxyHeaders::x_forwarded,
                             {{"X-Forwarded-For", {"192.0.2.7"}}, {"X-Forwarded-Proto", {"gopher"}}, {"X-Forwarded-Host", {"a b"}}});
  CHECK(nonsense.address == "192.0.2.7");
  CHECK(nonsense.scheme.empty());
  CHECK(nonsense.host.empty());
}

TEST_CASE("origin: nonsense from a proxy is left out") {
  CHECK(told("127.0.0.1", {"for=unknown;proto=https"}).address == "127.0.0.1");
  CHECK(told("127.0.0.1", {"for=_hidden, for=10.0.0.1"}).address == "10.0.0.1");
  CHECK(told("127.0.0.1", {"for=192.0.2.7;for=1.1.1.1"}).address == "192.0.2.7");
  CHECK(told("127.0.0.1", {"for=\"192.0.2.7"}).address == "127.0.0.1");
  const auto origin = told("127.0.0.1", {"for=192.0.2.7;proto=gopher;host=\"a b\";prefix=//evil"});
  CHECK(origin.scheme.empty());
  CHECK(origin.host.empty());
  CHECK(origin.prefix.empty());
  CHECK(told("127.0.0.1", {";;=,,\"", "\\", ""}).address == "127.0.0.1");
}
