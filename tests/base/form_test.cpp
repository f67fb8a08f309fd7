#include "base/form.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <ctime>
#include <string>
#include <vector>

#include "support/refusal.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

const std::string kType = "multipart/form-data; boundary=edge";

std::string part(const std::string& disposition, const std::string& value, const std::string& more = "") {
  return "--edge\r\nContent-Disposition: form-data; " + disposition + "\r\n" + more + "\r\n" + value + "\r\n";
}
std::string form_of(const std::string& parts) { return parts + "--edge--\r\n"; }

std::string why_not(const std::string& form, const std::string& type = kType) {
  const Error error = refusal([&] { read_form(type, form); });
  CHECK(error.code() == ErrorCode::malformed);
  return error.what();
}
bool refused(const std::string& form, const std::string& type = kType) { return !why_not(form, type).empty(); }

/// Of this thread, so that what else the machine does has no part in it.
double processor_seconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// The one field of a form, by its Content-Disposition.
FormField field_of(const std::string& disposition) {
  const std::string form = form_of(part(disposition, "x"));
  const auto fields = read_form(kType, form);
  REQUIRE(fields.size() == 1);
  return {fields[0].name, fields[0].file_name, "x"};
}

}  // namespace

TEST_CASE("form: texts and files come as they were sent, in their order") {
  const std::string bytes{"\xFF\xD8\r\n\0--edge\r\n--edg\r\r\n", 22};
  const std::string form = form_of(part("name=\"address\"", "Storgatan 12, Höör") + part("name=\"photo\"; filename=\"a b.jpg\"", bytes, "Content-Type: image/jpeg\r\n") +
                                   part("name=\"note\"", "") + part("name=\"photo\"; filename=\"tom.jpg\"", ""));
  const auto fields = read_form(kType, form);
  REQUIRE(fields.size() == 4);
  CHECK(fields[0].name == "address");
  CHECK_FALSE(fields[0].file_name);
  CHECK(fields[0].value == "Storgatan 12, Höör");
  CHECK(fields[1].name == "photo");
  CHECK(fields[1].file_name == "a b.jpg");
  CHECK(fields[1].value == bytes);
  CHECK(fields[2].value == "");
  CHECK(fields[3].file_name == "tom.jpg");
  CHECK(fields[3].value == "");
  CHECK(read_form(kType, "--edge--").empty());
  CHECK(read_form(kType, "\r\n--edge--\r\n").empty());
}

TEST_CASE("form: a field for a file in which none was chosen is left out") {
  const std::string form = form_of(part("name=\"photo\"; filename=\"\"", "", "Content-Type: application/octet-stream\r\n") + part("name=\"q\"", "x"));
  const auto fields = read_form(kType, form);
  REQUIRE(fields.size() == 1);
  CHECK(fields[0].name == "q");
  // What has content was chosen, whatever it is called.
  CHECK(field_of("name=\"photo\"; filename=\"\"").file_name == "");
}

TEST_CASE("form: names are read as browsers and programs write them") {
  CHECK(field_of("name=plain").name == "plain");
  CHECK(field_of("name=\"a%22b%41\"").name == "a\"b%41");  // a browser escapes quotation marks and line ends, nothing else
  CHECK(field_of("name=\"a\\\"b\\\\c\"").name == "a\"b\\c");
  CHECK(field_of("name=\"a;b=c\"").name == "a;b=c");
  CHECK(field_of("name=\"åäö\"; filename=\"å 1.jpg\"").file_name == "å 1.jpg");
  CHECK(field_of("name=p; filename=\"C:\\fakepath\\x.jpg\"").file_name == "x.jpg");
  CHECK(field_of("name=p; filename=\"../../etc/passwd\"").file_name == "passwd");
  CHECK(field_of("name=p; filename*=UTF-8''x.jpg").file_name == "x.jpg");
  CHECK(field_of("name=p; filename=a.jpg; filename*=UTF-8''x.jpg").file_name == "a.jpg");
  CHECK(field_of("NAME=\"p\" ;  FileName=\"x\" ; ").file_name == "x");
  const std::string form = "--edge\r\ncontent-DISPOSITION:form-data; name=p\r\n\r\nx\r\n--edge--";
  CHECK(read_form(kType, form).front().name == "p");
}

TEST_CASE("form: heads that are none are refused") {
  for (const char* disposition : {"name=\"\"", "filename=\"x\"", "name=\"a\"; name=\"b\"", "name=\"a", "name", "name=", "name=a b", "name=a;;", "=a",
                                  "name=\"\xFF\"", "name=\"a%0Ab\"", "name=a; filename=\"\xC3\"", "name=a; filename=\"\x01\"", "name=\"a\\\""}) {
    CAPTURE(std::string{disposition});
    CHECK(refused(form_of(part(disposition, "x"))));
  }
  for (const char* head : {"", "X: y\r\n", "Content-Disposition: attachment; name=a\r\n", "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n",
                           "Content-Disposition: form-data; name=a\r\n folded\r\n", "Content-Disposition: form-data; name=a\r\nno colon\r\n",
                           "Content-Disposition: form-data; name=a\nX: y\r\n", "Content-Disposition : form-data; name=a\r\n", ": x\r\n", "Content-Disposition:\r\n"}) {
    CAPTURE(std::string{head});
    CHECK(refused("--edge\r\n" + std::string{head} + "\r\nx\r\n--edge--\r\n"));
  }
  CHECK(refused(form_of(part("name=a", "x", "Content-Type: Multipart/Mixed; boundary=inner\r\n"))));
  CHECK(refused(form_of(part("name=a", "x", "Content-Transfer-Encoding: base64\r\n"))));
  const std::string plain = form_of(part("name=a", "x", "Content-Transfer-Encoding: 8BIT\r\nContent-Type: text/plain; charset=utf-8\r\nX-Other: y\r\n"));
  CHECK(read_form(kType, plain).size() == 1);
}

TEST_CASE("form: a text that is not UTF-8 is refused, a file may be anything") {
  CHECK(why_not(form_of(part("name=\"note\"", "\xE5"))).find("\"note\"") != std::string::npos);
  CHECK(read_form(kType, form_of(part("name=\"note\"; filename=\"x\"", "\xE5"))).size() == 1);
}

TEST_CASE("form: what is cut off anywhere, or has something beside it, is no form") {
  const std::string whole = part("name=\"photo\"; filename=\"x\"", "bytes\r\nof it") + "--edge--";
  CHECK(read_form(kType, whole).size() == 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(refused(whole.substr(0, size)));
  }
  CHECK(read_form(kType, whole + "\r\n").size() == 1);
  for (const char* behind : {"\r\nx", "x", "\n", "\r\n\r\n", "\r\n--edge--"}) CHECK(refused(whole + behind));
  for (const char* before : {"x", "x\r\n", "\r\n\r\n", "-"}) CHECK(refused(before + whole));
  CHECK(refused("--edge \r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--edge--"));
  CHECK(refused("--edge\nContent-Disposition: form-data; name=a\n\nx\n--edge--"));
  CHECK(refused("--edgeX\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--edgeX--"));
}

TEST_CASE("form: the boundary has 1 to 70 characters and stands in the type, once") {
  const auto takes = [](const std::string& written, const std::string& boundary) {
    return read_form("multipart/form-data; " + written, "--" + boundary + "--").empty();
  };
  CHECK(takes("boundary=e", "e"));
  CHECK(takes("charset=utf-8; BOUNDARY=e;", "e"));
  CHECK(takes("boundary=\"e f:'()+_,-./=?\"", "e f:'()+_,-./=?"));
  CHECK(takes("boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", "----WebKitFormBoundary7MA4YWxkTrZu0gW"));
  CHECK(takes("boundary=" + std::string(70, 'e'), std::string(70, 'e')));
  for (const std::string& type : {std::string{""}, std::string{"multipart/form-data"}, std::string{"multipart/form-data; boundary="},
                                  std::string{"multipart/form-data; boundary=\"\""}, "multipart/form-data; boundary=" + std::string(71, 'e'),
                                  std::string{"multipart/form-data; boundary=e; boundary=e"}, std::string{"multipart/form-data; boundary=\"e \""},
                                  std::string{"multipart/form-data; boundary=\"e\xC3\xB6\""}, std::string{"multipart/form-data; boundary=\"e\r\n\""},
                                  std::string{"multipart/mixed; boundary=e"}, std::string{"multipart/form-data boundary=e"}, std::string{"image/jpeg; boundary=e"}}) {
    CAPTURE(type);
    CHECK(refused("--e--", type));
  }
  CHECK(read_form("Multipart/Form-Data; boundary=e", "--e--").empty());
}

TEST_CASE("form: twenty fields are taken, and a head of 1 KiB; one more of either is not") {
  std::string parts;
  for (int i = 0; i < 20; ++i) parts += part("name=\"a\"", "");
  CHECK(read_form(kType, form_of(parts)).size() == 20);
  CHECK(why_not(form_of(parts + part("name=\"a\"", ""))) == "A form has at most 20 fields.");
  const std::string start = "Content-Disposition: form-data; name=a\r\nX: ";
  const auto with_head = [&](std::size_t bytes) { return "--edge\r\n" + start + std::string(bytes - start.size(), 'y') + "\r\n\r\nx\r\n--edge--"; };
  CHECK(read_form(kType, with_head(1024)).size() == 1);
  CHECK(why_not(with_head(1025)).find("1024 bytes") != std::string::npos);
}

TEST_CASE("form: whatever is written as a form is read as it was") {
  CHECK(rc::check("any names, and any bytes in which the boundary does not stand", [](const std::vector<std::pair<bool, std::string>>& fields) {
    std::string form;
    std::vector<std::string> values;
    for (const auto& [is_file, value] : fields) {
      if (values.size() == 20) break;
      RC_PRE(value.find("edge") == std::string::npos);
      values.push_back(value);
      form += part(is_file ? "name=\"a\"; filename=\"b\"" : "name=\"a\"; filename=\"c\"", value);
    }
    form = form_of(form);
    const auto read = read_form(kType, form);
    RC_ASSERT(read.size() == values.size());
    for (std::size_t i = 0; i < read.size(); ++i) RC_ASSERT(read[i].value == values[i]);
  }));
  CHECK(rc::check("any pieces of forms, one after the other, are read or refused", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::elementOf(std::vector<std::string>{"--edge", "--edge--", "\r\n", "\r", "\n", "Content-Disposition: form-data; ", "name=", "\"", "filename=", "a", ":",
                                                    "; ", "\\", "%22", "--", "edge", std::string(1, '\0'), "\xE5", "\r\n\r\n", "filename*=''"}));
    std::string form = "--edge\r\n";
    for (const std::string& piece : pieces) form += piece;
    try {
      for (const FormField& field : read_form(kType, form)) {
        RC_ASSERT(!field.name.empty());
        RC_ASSERT(field.value.empty() || (field.value.data() >= form.data() && field.value.data() + field.value.size() <= form.data() + form.size()));
      }
    } catch (const Error& error) {
      RC_ASSERT(error.code() == ErrorCode::malformed);
    }
  }));
}

TEST_CASE("form: the worst 25 MiB take no longer than they are long") {
  const std::size_t most = 25 * 1024 * 1024;
  const auto filled = [&](const std::string& start, const std::string& piece, const std::string& end = "") {
    std::string form = start;
    while (form.size() + piece.size() + end.size() <= most) form += piece;
    return form + end;
  };
  const std::string file = "--edge\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n";
  const std::string hostile[] = {
      filled("", "--edge\r\n"),
      filled("--edge", "\r\n--edge"),
      filled("--edge\r\nX: ", "a"),
      filled("--edge\r\n", "X: y\r\n"),
      filled("", part("name=a", "x")),
      filled("--edge\r\nContent-Disposition: form-data", "; a=b"),
      filled("--edge\r\nContent-Disposition: form-data; name=\"", "\\\""),
      filled("", "--edge\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n"),
      filled(file, "\r"),
      filled(file, "\r\n"),
      filled(file, "\r\n--edg"),
      filled(file, "\r\n--edgE", "\r\n--edge--"),
      filled(file, "\r\n--edge-", "\r\n--edge--"),
  };
  for (const std::string& form : hostile) {
    CAPTURE(form.substr(0, 100));
    const double start = processor_seconds();
    try {
      read_form(kType, form);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::malformed);
    }
    const double took = processor_seconds() - start;
    CAPTURE(took);
    CHECK(took < 3);  // a quarter of a second in a release build
  }
}
