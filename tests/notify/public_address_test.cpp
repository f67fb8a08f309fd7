#include "notify/public_address.h"

#include <doctest/doctest.h>

#include <array>

#include "notify/webhook_url.h"

using namespace klotterkoll;

TEST_CASE("public address: what is somebody's inside is not public, and its neighbours are") {
  struct Range {
    const char *before, *first, *last, *after;  // "": there is no public neighbour
  };
  const std::array ranges = {
      Range{"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
      Range{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      Range{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
      Range{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
      Range{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
      Range{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      Range{"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
      Range{"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
      Range{"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
      Range{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
      Range{"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
      Range{"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
      Range{"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
      Range{"223.255.255.255", "224.0.0.0", "255.255.255.255", ""},
      Range{"", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
      Range{"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
      Range{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
      Range{"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
      Range{"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
  };
  for (const auto& range : ranges) {
    CAPTURE(range.first);
    if (*range.before != '\0') CHECK(is_public(*parse_address(range.before)));
    CHECK_FALSE(is_public(*parse_address(range.first)));
    CHECK_FALSE(is_public(*parse_address(range.last)));
    if (*range.after != '\0') CHECK(is_public(*parse_address(range.after)));
  }
}

TEST_CASE("public address: an IPv6 form is as public as the IPv4 address within") {
  for (const char* inside : {"::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe",
                             "2002:0a00:0001::1", "2002:7f00:0001::", "2002:a9fe:a9fe::1", "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1",
                             "64:ff9b:1::8.8.8.8", "2001::53aa:64c:0:1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1"}) {
    CAPTURE(inside);
    CHECK_FALSE(is_public(*parse_address(inside)));
  }
  for (const char* outside : {"::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:0808:0808::1", "2a00:1450:400f::200e"}) {
    CAPTURE(outside);
    CHECK(is_public(*parse_address(outside)));
  }
}

TEST_CASE("public address: a network that is allowed may be called, and no more of it") {
  const std::array allowed = {Network{"10.1.0.0/16"}, Network{"fd00:1::/32"}};
  CHECK(may_be_called(*parse_address("10.1.255.255"), allowed));
  CHECK_FALSE(may_be_called(*parse_address("10.2.0.0"), allowed));
  CHECK(may_be_called(*parse_address("fd00:1::7"), allowed));
  CHECK_FALSE(may_be_called(*parse_address("fd00:2::7"), allowed));
  CHECK(may_be_called(*parse_address("8.8.8.8"), {}));
}

TEST_CASE("webhook url: what may be registered") {
  const auto fault = [](const std::string& url) { return fault_in_webhook_url(url).value_or(""); };
  for (const char* good : {"https://drift.hfab.se/klotter", "http://hfab.se", "https://hfab.se:8443/a?b=c&d=%20", "https://[2a00:1450::1]/x",
                           "https://h\u00f6\u00f6r.se/x", "https://8.8.8.8/", "HTTPS://HFAB.SE/"}) {
    CAPTURE(good);
    CHECK(fault(good) == "");
  }
  for (const std::string bad : {"", "hfab.se", "//hfab.se/x", "ftp://hfab.se/", "file:///etc/passwd", "gopher://hfab.se", "smtp://hfab.se", "https://",
                          "javascript:alert(1)", "https://user@hfab.se/", "https://user:pass@hfab.se/", "https://@hfab.se/",
                          "https://:@hfab.se/", "https://hfab.se/#x", "https://hfab.se/#", "https://hfab.se/ x", "https://hfab.se/\r\nHost: x",
                          "https://hfab.se/\t", "https://hfab.se\\@10.0.0.1/", "https://hfab.se:99999/", "https://hfab.se:x/", "https://[::1/",
                          "https://[fe80::1%25eth0]/", "https://hfab.se/\xff"}) {
    CAPTURE(bad);
    CHECK(fault(bad) != "");
  }
  CHECK(fault("https://hfab.se/" + std::string(2000 - 16, 'a')) == "");
  CHECK(fault("https://hfab.se/" + std::string(2001 - 16, 'a')) != "");
}

TEST_CASE("webhook url: an address that is not public is told at once, in every way to write it") {
  for (const char* inside : {"http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/",
                             "http://017700000001/", "http://0/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
                             "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/", "http://[fd00::1]:8080/"}) {
    CAPTURE(inside);
    CHECK(fault_in_webhook_url(inside) == "A webhook's address is not a private, local or reserved one.");
  }
  const std::array allowed = {Network{"127.0.0.0/8"}};
  CHECK_FALSE(fault_in_webhook_url("http://127.0.0.1:8080/", allowed));
  CHECK(fault_in_webhook_url("http://10.0.0.1:8080/", allowed));
}

TEST_CASE("webhook url: calls share a receiver by scheme, host and port") {
  CHECK(receiver_of("https://HFAB.se/a") == receiver_of("https://hfab.se:443/b?c"));
  CHECK(receiver_of("https://hfab.se/a") != receiver_of("http://hfab.se/a"));
  CHECK(receiver_of("https://hfab.se/a") != receiver_of("https://hfab.se:8443/a"));
}
