#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/descriptor.h"
#include "base/error.h"
#include "store/photo_store.h"

namespace klotterkoll {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what) {
  const int why = errno;
  const char* const sentence = why == ENOSPC || why == EDQUOT ? "The disk is full; the photo was not kept." : "Photos cannot be kept or read now.";
  throw Error{ErrorCode::unavailable, sentence}.because(std::string{what} + ": " + std::strerror(why));
}

/// What a call of the system has opened, or else its failure.
Descriptor opened(int number, const char* what) {
  if (number < 0) fail(what);
  return Descriptor{number};
}

void sync_folder(const fs::path& folder) {
  const Descriptor itself = opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open a folder");
  if (::fsync(itself.get()) != 0) fail("fsync a folder");
}

/// Makes the folder and those above it, each durably in the one above.
void make_folder(const fs::path& folder) {
  if (fs::is_directory(folder)) return;
  if (folder.has_parent_path()) make_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) fail("mkdir");
  sync_folder(folder.has_parent_path() ? folder.parent_path() : fs::path{"."});
}

/// Held shared while photos are put and named, and alone while any is removed; by every process that has the folder.
class Hold {
 public:
  Hold(const fs::path& folder, int how) : file_(opened(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640), "open the lock")) {
    while (::flock(file_.get(), how) != 0)
      if (errno != EINTR) fail("lock");
  }

 private:
  const Descriptor file_;  // the lock goes with it
};

bool is_digest(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// FOLDER/MUNICIPALITY/AB/DIGEST. A file is written under another name and renamed, so that one that is there is whole.
class PhotoFiles final : public PhotoStore {
 public:
  explicit PhotoFiles(fs::path folder) : folder_(std::move(folder)) {}

  void put(MunicipalityId municipality, const Bytes& bytes, Instant now, const std::function<void()>& name_them) override {
    make_folder(folder_);
    const Hold hold{folder_, LOCK_SH};
    std::vector<fs::path> folders;
    for (const auto& [digest_of_it, content] : bytes) {
      const fs::path path = path_of(municipality, digest_of_it);
      make_folder(path.parent_path());
      const timespec times[] = {{to_unix(now), 0}, {to_unix(now), 0}};
      if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) {
        if (errno != ENOENT) fail("touch");
        write(path, content, times);
      }
      folders.push_back(path.parent_path());
    }
    // Also for what was there: whoever wrote it may not have come so far.
    std::ranges::sort(folders);
    const auto repeated = std::ranges::unique(folders);
    folders.erase(repeated.begin(), repeated.end());
    std::ranges::for_each(folders, sync_folder);
    name_them();
  }

  std::optional<std::string> get(MunicipalityId municipality, const std::string& photo_digest) override {
    const int number = ::open(path_of(municipality, photo_digest).c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0 && errno == ENOENT) return std::nullopt;
    const Descriptor file = opened(number, "open a photo");
    struct stat about{};
    if (::fstat(file.get(), &about) != 0) fail("stat");
    std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
      const auto count = ::read(file.get(), bytes.data() + done, bytes.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) fail("read");
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

  void remove_unless(MunicipalityId municipality, const std::vector<std::string>& digests,
                     const std::function<bool(const std::string&)>& named) override {
    if (!fs::is_directory(folder_)) return;
    const Hold hold{folder_, LOCK_EX};
    for (const std::string& one : digests)
      if (!named(one) && ::unlink(path_of(municipality, one).c_str()) != 0 && errno != ENOENT) fail("unlink");
  }

  std::vector<std::string> list(MunicipalityId municipality, Instant before) override {
    std::vector<std::string> digests;
    const fs::path own = folder_ / std::to_string(municipality);
    if (!fs::is_directory(own)) return digests;
    for (const auto& part : fs::directory_iterator{own})
      if (part.is_directory())
        for (const auto& file : fs::directory_iterator{part.path()}) {
          struct stat about{};
          if (::stat(file.path().c_str(), &about) != 0 || about.st_mtim.tv_sec >= to_unix(before)) continue;
          const std::string name = file.path().filename();
          if (is_digest(name)) digests.push_back(name);
          else if (name.ends_with(".part")) ::unlink(file.path().c_str());  // somebody was stopped while writing it, long ago
        }
    return digests;
  }

 private:
  fs::path path_of(MunicipalityId municipality, const std::string& photo_digest) const {
    if (!is_digest(photo_digest)) throw Error{ErrorCode::internal, "a photo's digest is none"};
    return folder_ / std::to_string(municipality) / photo_digest.substr(0, 2) / photo_digest;
  }

  static void write(const fs::path& path, std::string_view content, const timespec* times) {
    std::string part = path.string() + ".XXXXXX.part";
    {
      const Descriptor file = opened(::mkostemps(part.data(), 5, O_CLOEXEC), "make a file");
      try {
        while (!content.empty()) {
          const auto count = ::write(file.get(), content.data(), content.size());
          if (count < 0 && errno == EINTR) continue;
          if (count < 0) fail("write");
          content.remove_prefix(static_cast<std::size_t>(count));
        }
        if (::fchmod(file.get(), 0640) != 0 || ::futimens(file.get(), times) != 0 || ::fsync(file.get()) != 0) fail("fsync");
        if (::rename(part.c_str(), path.c_str()) != 0) fail("rename");
      } catch (...) {
        ::unlink(part.c_str());
        throw;
      }
    }
  }

  const fs::path folder_;
};

}  // namespace

std::string photo_folder_of(const std::string& sqlite_file) { return sqlite_file + "-photos"; }

std::unique_ptr<PhotoStore> open_photo_files(const std::string& folder) { return std::make_unique<PhotoFiles>(folder); }

}  // namespace klotterkoll
