#include "base/network.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace klotterkoll;

TEST_CASE("network: a network holds its addresses and no others") {
  CHECK(Network("10.0.0.0/8").contains(*parse_address("10.255.1.2")));
  CHECK_FALSE(Network("10.0.0.0/8").contains(*parse_address("11.0.0.0")));
  CHECK(Network("192.0.2.128/25").contains(*parse_address("192.0.2.128")));
  CHECK_FALSE(Network("192.0.2.128/25").contains(*parse_address("192.0.2.127")));
  CHECK(Network("127.0.0.1").contains(*parse_address("::ffff:127.0.0.1")));
  CHECK_FALSE(Network("127.0.0.1").contains(*parse_address("127.0.0.2")));
  CHECK(Network("2001:db8::/33").contains(*parse_address("2001:db8:7fff::1")));
  CHECK_FALSE(Network("2001:db8::/33").contains(*parse_address("2001:db8:8000::1")));
  CHECK(Network("0.0.0.0/0").contains(*parse_address("8.8.8.8")));
  CHECK_FALSE(Network("0.0.0.0/0").contains(*parse_address("::1")));
  CHECK(Network("::/0").contains(*parse_address("::1")));
  for (const char* wrong : {"", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "10.0.0.0/-1", "example.se", "10.0.0.0/8x"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(Network{wrong}, Error);
  }
}

TEST_CASE("network: who is counted as one is an IPv4 address or an IPv6 network of a household") {
  const auto network = [](const char* address) { return format_address(network_of(*parse_address(address))); };
  CHECK(network("192.0.2.7") == "192.0.2.7");
  CHECK(network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::");
  CHECK(network("2001:db8:1:3::6") == "2001:db8:1:3::");
}
