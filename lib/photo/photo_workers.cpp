#include "photo/photo_workers.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "base/descriptor.h"
#include "base/error.h"
#include "photo/content.h"
#include "photo/worker.h"

namespace klotterkoll {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostAnswer = 40 * 1024 * 1024;
constexpr const char* kBusy = "Too many photos are being read at this moment; try again in a few seconds.";
constexpr const char* kTooHeavy =
    "The picture cannot be read, or only with more memory or time than a photo may take; send it smaller or in another form.";
constexpr const char* kNoWorker = "Photos cannot be read now; try again shortly.";

struct Pipe {
  Descriptor from, to;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error{ErrorCode::unavailable, kNoWorker};
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

/// The child gets nothing of ours but two pipes: no environment, no other descriptor, no blocked or ignored signal.
pid_t start(const std::vector<std::string>& command, const Pipe& in, const Pipe& out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.from.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.to.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // libvips looks for modules beside itself, of which one is wanted (VipsLibrary), and keeps no picture in a file.
  std::array<std::string, 3> variables{"VIPSHOME=/nonexistent", "VIPS_DISC_THRESHOLD=4g", "LC_ALL=C"};
  std::array<char*, 4> environment{variables[0].data(), variables[1].data(), variables[2].data(), nullptr};
  pid_t child = -1;
  const int fault = posix_spawn(&child, arguments.front(), &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return fault == 0 ? child : -1;
}

/// Gives the picture and takes the answer. False when the time is up.
bool converse(Descriptor& to, Descriptor& from, std::string_view bytes, std::string& answer, steady_clock::time_point until) {
  fcntl(to.get(), F_SETFL, O_NONBLOCK);
  std::array<char, 65536> buffer;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
    std::array<pollfd, 2> streams{pollfd{from.get(), POLLIN, 0}, pollfd{to.get(), POLLOUT, 0}};
    const int ready = left <= 0 ? 0 : ::poll(streams.data(), streams.size(), static_cast<int>(left));
    if (ready == 0) return false;
    if (ready < 0 && errno != EINTR) return false;
    if (ready < 0) continue;
    if (to.get() >= 0 && streams[1].revents != 0) {
      const auto count = ::write(to.get(), bytes.data(), bytes.size());
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
      if (bytes.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) to.close();  // all is told, or nobody listens
    }
    if (streams[0].revents != 0) {
      const auto count = ::read(from.get(), buffer.data(), buffer.size());
      if (count <= 0) return true;
      answer.append(buffer.data(), static_cast<std::size_t>(count));
      if (answer.size() > kMostAnswer) return true;
    }
  }
}

/// A write to a child that is gone must not end the service. `serve` ignores the signal; a test or command may not.
class NoBrokenPipes {
 public:
  NoBrokenPipes() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipes() {
    const timespec none{};
    if (!sigismember(&before_, SIGPIPE)) sigtimedwait(&pipe_, nullptr, &none);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_, before_;
};

}  // namespace

/// One's turn among the few that may run.
class PhotoWorkers::Turn {
 public:
  Turn(PhotoWorkers& workers, Sender sender) : workers_(workers), own_(workers.counts_[static_cast<std::size_t>(sender)]) {
    std::unique_lock lock{workers_.mutex_};
    const auto& options = workers_.options_;
    const std::size_t own_most = sender == Sender::stranger ? options.most_running - 1 : options.most_running;
    const auto free = [&] {
      return own_.running < own_most && workers_.counts_[0].running + workers_.counts_[1].running < options.most_running;
    };
    if (!free()) {
      if (own_.waiting >= options.most_waiting) throw Error{ErrorCode::unavailable, kBusy};
      ++own_.waiting;
      const bool came = workers_.turn_.wait_for(lock, options.most_wait, free);
      --own_.waiting;
      if (!came) throw Error{ErrorCode::unavailable, kBusy};
    }
    ++own_.running;
  }
  ~Turn() {
    const std::lock_guard lock{workers_.mutex_};
    --own_.running;
    // Not all that wait may go on where another was.
    workers_.turn_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  PhotoWorkers& workers_;
  Counts& own_;
};

std::int64_t PhotoWorkers::peak_memory() const {
  const std::lock_guard lock{mutex_};
  return peak_memory_;
}

void PhotoWorkers::refuse(const std::string& sentence, const std::string& cause) {
  options_.on_fault("photo refused: " + cause);
  throw Error{ErrorCode::refused, sentence};
}

std::string PhotoWorkers::run_child(std::string_view bytes, Time until) {
  const NoBrokenPipes no_broken_pipes;
  Pipe in = make_pipe(), out = make_pipe();
  const pid_t child = start(options_.command, in, out);
  if (child < 0) {
    options_.on_fault("the photo worker cannot be started: " + options_.command.front());
    throw Error{ErrorCode::unavailable, kNoWorker};
  }
  in.from.close();
  out.to.close();
  std::string answer;
  const bool in_time = converse(in.to, out.from, bytes, answer, until);
  // It has said all, or too much, or takes too long.
  if (!in_time || answer.size() > kMostAnswer) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) refuse("The picture takes too long to read; send it by itself, smaller or in another form.", "the worker took too long");
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const std::string cause = "the worker was ended by signal " + std::to_string(signal);
    if (signal == SIGKILL || signal == SIGTERM || signal == SIGINT) {
      options_.on_fault(cause);
      throw Error{ErrorCode::unavailable, kNoWorker};  // not by us, and not by what it read
    }
    refuse(kTooHeavy, cause);
  }
  if (WEXITSTATUS(status) != 0) {
    options_.on_fault("the photo worker ended with " + std::to_string(WEXITSTATUS(status)) + ": " + answer.substr(0, 500));
    throw Error{ErrorCode::unavailable, kNoWorker};
  }
  return answer;
}

std::vector<DecodedPhoto> PhotoWorkers::decode(const std::vector<std::string_view>& pictures, Sender sender) {
  std::vector<Fault> faults;
  const auto each = [&](auto&& work) {
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      try {
        work(pictures[i]);
      } catch (const Error& error) {
        if (pictures.size() == 1 || error.code() != ErrorCode::refused) throw;
        faults.push_back({"/photo/" + std::to_string(i), error.what()});
      }
    }
    if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
  };
  each(require_picture);
  const Turn turn{*this, sender};
  const Time until = steady_clock::now() + options_.most_time;
  std::vector<DecodedPhoto> photos;
  each([&](std::string_view bytes) { photos.push_back(decode_one(bytes, until)); });
  return photos;
}

DecodedPhoto PhotoWorkers::decode_one(std::string_view bytes, Time until) {
  auto answer = read_answer(run_child(bytes, until));
  if (!answer) refuse("The picture cannot be read; send it in another form.", "the worker's answer is none");
  {
    const std::lock_guard lock{mutex_};
    peak_memory_ = std::max(peak_memory_, answer->peak_memory);
  }
  if (answer->photo) return std::move(*answer->photo);
  switch (answer->fault) {
    case PictureFault::too_many_pixels:
      refuse("The picture has more than 50 megapixels; make it smaller and send it again.", "too many pixels");
    case PictureFault::odd_shape:
      refuse("The picture is too small or too narrow to show anything: its shortest side must have 32 pixels, and the longest at most 20 times as many.",
             "odd shape");
    case PictureFault::too_heavy: refuse(kTooHeavy, answer->cause);
    default:
      refuse("The picture is damaged or not whole; send it again, or in another form.", answer->cause);
  }
}

}  // namespace klotterkoll
