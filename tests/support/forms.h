#pragma once

#include <string>
#include <utility>
#include <vector>

namespace klotterkoll::test {

inline const std::string kFormType = "multipart/form-data; boundary=edge";

/// A form as a browser sends it: fields, and pictures in fields `photo`; none chosen: the empty file that browsers send then.
inline std::string form_of_fields(const std::vector<std::pair<std::string, std::string>>& fields, const std::vector<std::string>& pictures = {}) {
  std::string form;
  for (const auto& [name, value] : fields) form += "--edge\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  const auto add_file = [&](const std::string& name, const std::string& bytes) {
    form += "--edge\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"" + name + "\"\r\nContent-Type: image/jpeg\r\n\r\n" + bytes + "\r\n";
  };
  for (const std::string& picture : pictures) add_file("bild.jpg", picture);
  if (pictures.empty()) add_file("", "");
  return form + "--edge--\r\n";
}

}  // namespace klotterkoll::test
