#include "support/receivers.h"

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace klotterkoll::test {
namespace {

namespace fs = std::filesystem;

const std::string kScripts = std::string{KLOTTERKOLL_SOURCE_DIR} + "/tests/support/receivers/";

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "klotterkoll-receiver-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder could be made");
  return name;
}

Program with_options(std::vector<std::string> words, const Receiver::Options& options) {
  words.insert(words.end(), options.begin(), options.end());
  return {std::move(words)};
}

std::string content_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

Receiver::Folder::Folder() : path(new_folder()) {}

Receiver::Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

Receiver Receiver::of_mails(const Options& options) {
  auto folder = std::make_unique<Folder>();
  // Debian's Python: another one on the path does not see Debian's aiosmtpd.
  Program program = with_options({"/usr/bin/python3", kScripts + "smtp_receiver.py", "--folder", folder->path}, options);
  return {std::move(folder), std::move(program)};
}

Receiver Receiver::of_calls(const Options& options) {
  if (!fs::exists(kScripts + "node_modules/standardwebhooks"))
    throw std::runtime_error("the packages of the webhook receiver are missing: npm ci --prefix tests/support/receivers");
  auto folder = std::make_unique<Folder>();
  Program program = with_options({"node", kScripts + "webhook_receiver.mjs", "--log", folder->path / "log"}, options);
  return {std::move(folder), std::move(program)};
}

Receiver Receiver::of_tiles() {
  auto folder = std::make_unique<Folder>();
  Program program = with_options({"/usr/bin/python3", kScripts + "tile_server.py", "--folder", folder->path}, {});
  return {std::move(folder), std::move(program)};
}

Receiver::Receiver(std::unique_ptr<Folder> folder, Program program)
    : folder_(std::move(folder)), process_(std::make_unique<Process>(std::move(program))) {
  const std::string said = process_->error_with("listening on 127.0.0.1:", std::chrono::seconds{60});
  port_ = std::stoi(said.substr(said.find("127.0.0.1:") + 10));
}

std::vector<nlohmann::json> Receiver::taken() const {
  std::ifstream file{folder_->path / "log"};
  std::vector<nlohmann::json> lines;
  // A line without its end is still being written.
  for (std::string line; std::getline(file, line) && !file.eof();) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

std::string Receiver::mail(const std::string& file) const { return content_of(folder_->path / file); }

Certificate::Certificate() : folder_(new_folder()) {
  certificate_file = folder_ / "certificate.pem";
  key_file = folder_ / "key.pem";
  Process openssl{Program{{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                           "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key_file, "-out",
                           certificate_file}}};
  if (const Ran ran = openssl.wait(); ran.status != 0) throw std::runtime_error("no certificate could be made: " + ran.err);
}

Certificate::~Certificate() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace klotterkoll::test
