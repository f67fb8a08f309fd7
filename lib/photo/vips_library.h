#pragma once

#include <vips/vips.h>

#include <vips/vector.h>  // wants what the other declares

namespace klotterkoll {

/// libvips, opened when it is first asked for. With it come a hundred libraries, of which the service shall know nothing:
/// they take half a second to load and would lie in the memory of who holds all keys. Only the child process calls this.
struct VipsLibrary {
  /// Opens and sets it up: the loaders of our four kinds and no others, one thread, no cache, no code made at run time.
  /// Throws std::runtime_error when it is not installed.
  static const VipsLibrary& instance();
  /// The loader of HEIC is a module of its own, which is opened when it is needed.
  void load_heic() const;

#define KLOTTERKOLL_VIPS_FUNCTIONS(use)                                                                             \
  use(vips_init) use(vips_block_untrusted_set) use(vips_operation_block_set) use(vips_concurrency_set)              \
  use(vips_cache_set_max) use(vips_vector_set_enabled) use(vips_image_new_from_buffer) use(vips_image_get_width)    \
  use(vips_image_get_height) use(vips_image_get_typeof) use(vips_image_get_as_string) use(vips_image_hasalpha)      \
  use(vips_array_double_new) use(vips_area_unref) use(vips_image_write_to_memory) use(vips_thumbnail_buffer) use(vips_thumbnail_image)    \
  use(vips_image_copy_memory) use(vips_flatten) use(vips_colourspace) use(vips_jpegsave_buffer)                     \
  use(vips_error_buffer) use(vips_error_clear) use(g_object_unref) use(g_free) use(g_module_open)                   \
  use(g_module_make_resident)
#define KLOTTERKOLL_DECLARE(name) decltype(&::name) name = nullptr;
  KLOTTERKOLL_VIPS_FUNCTIONS(KLOTTERKOLL_DECLARE)
#undef KLOTTERKOLL_DECLARE

 private:
  VipsLibrary();
};

}  // namespace klotterkoll
