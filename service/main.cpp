#include <string_view>

#include "config.h"
#include "photo/worker.h"

int main(int argc, char** argv) {
  // What `serve` starts for each photo is no command for people, and reads no settings.
  if (argc == 2 && std::string_view{argv[1]} == "photo-worker") return klotterkoll::run_photo_worker();
  return klotterkoll::run_command_line(argc, argv);
}
