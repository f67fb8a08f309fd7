#include "photo/vips_library.h"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace klotterkoll {
namespace {

constexpr const char* kLibrary = "libvips.so.42";

std::string heif_module_beside(const void* function) {
  Dl_info where{};
  if (dladdr(function, &where) == 0) throw std::runtime_error("it is not known where libvips lies");
  const std::string path = where.dli_fname;
  return path.substr(0, path.rfind('/')) + "/vips-modules-" + std::to_string(VIPS_MAJOR_VERSION) + "." +
         std::to_string(VIPS_MINOR_VERSION) + "/vips-heif.so";
}

}  // namespace

VipsLibrary::VipsLibrary() {
  void* const library = dlopen(kLibrary, RTLD_LAZY | RTLD_GLOBAL);
  if (!library) throw std::runtime_error(std::string{"libvips is not there: "} + dlerror());
  const auto find = [&](auto& function, const char* symbol) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, symbol));
    if (!function) throw std::runtime_error(std::string{"libvips lacks "} + symbol);
  };
#define KLOTTERKOLL_FIND(name) find(name, #name);
  KLOTTERKOLL_VIPS_FUNCTIONS(KLOTTERKOLL_FIND)
#undef KLOTTERKOLL_FIND
  if (vips_init("klotterkoll") != 0) throw std::runtime_error(std::string{"libvips: "} + vips_error_buffer());
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  vips_vector_set_enabled(0);
  vips_block_untrusted_set(1);
  vips_operation_block_set("VipsForeignLoad", 1);
  for (const char* loader : {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp"}) vips_operation_block_set(loader, 0);
}

const VipsLibrary& VipsLibrary::instance() {
  static const VipsLibrary one;
  return one;
}

void VipsLibrary::load_heic() const {
  GModule* const heif = g_module_open(heif_module_beside(reinterpret_cast<const void*>(vips_init)).c_str(), G_MODULE_BIND_LAZY);
  // Where the loader is built into libvips there is no module, and nothing to open.
  if (heif) g_module_make_resident(heif);
  vips_operation_block_set("VipsForeignLoadHeif", 0);
}

}  // namespace klotterkoll
