#include "geo/geojson_reader.h"

#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr std::size_t kMostTextBytes = 1 << 16;
constexpr std::size_t kMostNumberBytes = 64;
constexpr std::size_t kMostMembers = 1000;
constexpr std::size_t kDeepest = 64;
constexpr char kRecordSeparator = '\x1E';

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

/// The bytes as RapidJSON's input, made harmless for it: it would end at the first number beyond a double and at NaN, and
/// would keep a text of any length. Such numbers come through as null, which no coordinate is, and texts are cut.
class TameStream {
 public:
  using Ch = char;

  explicit TameStream(const ByteSource& source) : source_(source), raw_(kBufferBytes, '\0') {
    refill();
    if (tame_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  char Peek() const {
    const char c = at_ < tame_.size() ? tame_[at_] : '\0';
    return (c == '\n' && lines_) || c == kRecordSeparator ? '\0' : c;
  }
  char Take() {
    const char c = Peek();
    if (c != '\0') advance();
    return c;
  }
  std::size_t Tell() const { return static_cast<std::size_t>(read_) - (tame_.size() - std::min(at_, tame_.size())); }
  // For parsing in place, which is not done.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  std::size_t PutEnd(char*) { return 0; }

  /// From now on a line feed ends a record, as a record separator always does.
  void end_records_at_lines() { lines_ = true; }
  bool separated() const { return separated_; }
  /// At the next thing that is neither space nor separator; false at the end.
  bool skip_to_content() {
    while (at_ < tame_.size() && (is_space(tame_[at_]) || tame_[at_] == kRecordSeparator)) advance();
    return at_ < tame_.size();
  }
  /// Past the separator that ends the present record.
  void skip_record() {
    while (at_ < tame_.size() && tame_[at_] != kRecordSeparator && !(tame_[at_] == '\n' && !separated_)) advance();
  }
  bool ended() const { return at_ >= tame_.size(); }

 private:
  void advance() {
    if (++at_ >= tame_.size()) refill();
  }

  void refill() {
    tame_.clear();
    at_ = 0;
    while (tame_.empty()) {
      const std::size_t count = source_(raw_.data(), raw_.size());
      read_ += static_cast<std::int64_t>(count);
      if (count == 0) return end_word();
      for (std::size_t i = 0; i < count; ++i) tame(raw_[i]);
    }
  }

  void tame(char c) {
    if (c == '\n' || c == kRecordSeparator) {  // neither may stand in a text: a broken record ends here
      end_word();
      separated_ |= c == kRecordSeparator;
      in_text_ = escaped_ = false;
      tame_ += c;
    } else if (in_text_) {
      tame_text(c);
    } else if (is_word(c)) {
      if (word_.size() <= kMostNumberBytes) word_ += c;
    } else {
      end_word();
      if (c == '"') in_text_ = true, text_bytes_ = 0;
      tame_ += c;
    }
  }

  void tame_text(char c) {
    if (c == '"' && !escaped_) {
      in_text_ = false;
      tame_ += c;
      return;
    }
    // Cut only before a character or an escape, never within one; the reader finds it too long all the same.
    if (!escaped_ && escape_left_ == 0 && ++text_bytes_ > 8 * kMostTextBytes) cutting_ = true;
    if (!cutting_) tame_ += c;
    if (escaped_) {
      escaped_ = false;
      escape_left_ = c == 'u' ? 4 : 0;
    } else if (escape_left_ > 0) {
      --escape_left_;
    } else {
      escaped_ = c == '\\';
    }
  }

  void end_word() {
    cutting_ = false;
    if (word_.empty()) return;
    const bool number = word_[0] == '-' || (word_[0] >= '0' && word_[0] <= '9');
    if (!number) {
      const bool no_number = word_ == "NaN" || word_ == "nan" || word_ == "Infinity" || word_ == "inf";
      tame_ += no_number ? "null" : word_;
    } else if (word_ == "-Infinity" || word_ == "-inf" || word_ == "-NaN" || word_ == "-nan" || word_.size() > kMostNumberBytes) {
      tame_ += "null";
    } else if (word_.find_first_of("eE") != std::string::npos && beyond_a_double()) {
      tame_ += "null";
    } else {
      tame_ += word_;
    }
    word_.clear();
  }
  bool beyond_a_double() const {
    double value = 0;
    return std::from_chars(word_.data(), word_.data() + word_.size(), value).ec == std::errc::result_out_of_range;
  }

  const ByteSource& source_;
  std::string raw_, tame_, word_;
  std::size_t at_ = 0, text_bytes_ = 0;
  std::int64_t read_ = 0;
  int escape_left_ = 0;
  bool in_text_ = false, escaped_ = false, cutting_ = false, lines_ = false, separated_ = false;
};

/// The last number of "urn:ogc:def:crs:EPSG::3006" or "EPSG:3006".
int epsg_in(std::string_view name) {
  if (name.ends_with("CRS84")) return 4326;
  const auto colon = name.rfind(':');
  int code = 0;
  if (colon == name.npos || name.find("EPSG") == name.npos) return 0;
  const auto digits = name.substr(colon + 1);
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return failure == std::errc{} && end == digits.data() + digits.size() ? code : 0;
}

/// Puts features together from RapidJSON's events.
class Assembler {
 public:
  Assembler(const std::function<void(Feature&)>& take, const std::function<void(int)>& crs) : take_(take), crs_(crs) {}

  std::int64_t features() const { return features_; }
  bool met_features() const { return met_features_; }
  bool too_deep() const { return too_deep_; }
  const std::string& root_type() const { return root_type_; }
  /// A record that could not be read at all.
  void add_broken(const std::string& why) {
    begin_feature();
    fault(why);
    give();
  }
  void begin_record() {
    stack_.clear();
    root_type_.clear();
    too_deep_ = false;
  }

  // RapidJSON's handler; false ends the parsing.
  bool Null() {
    if (top() == In::coordinates) fault("A coordinate is no finite number; it is null, NaN, infinite or too large.");
    return true;
  }
  bool Bool(bool value) { return text(value ? "true" : "false"); }
  bool Int(int) { return true; }  // numbers come raw
  bool Uint(unsigned) { return true; }
  bool Int64(std::int64_t) { return true; }
  bool Uint64(std::uint64_t) { return true; }
  bool Double(double) { return true; }

  bool RawNumber(const char* digits, rapidjson::SizeType length, bool) {
    if (top() != In::coordinates) return text({digits, length});
    double value = 0;
    std::from_chars(digits, digits + length, value);
    number(value);
    return true;
  }

  bool String(const char* bytes, rapidjson::SizeType length, bool) { return text({bytes, length}); }

  bool StartObject() {
    const In in = top();
    In next = In::other;
    if (stack_.empty()) next = In::root;
    else if (in == In::features) next = In::feature;
    else if ((in == In::root || in == In::feature) && key_ == "geometry") next = In::geometry;
    else if ((in == In::root || in == In::feature) && key_ == "properties") next = In::members;
    else if ((in == In::root && key_ == "crs") || in == In::crs) next = In::crs;
    else if (in == In::coordinates) fault_nesting();
    if (next == In::root || next == In::feature) begin_feature();
    return push(next);
  }

  bool Key(const char* bytes, rapidjson::SizeType length, bool) {
    key_.assign(bytes, std::min<std::size_t>(length, kMostTextBytes));
    if (top() == In::geometry && key_ == "geometries") feature_.geometry_type = "GeometryCollection";
    return true;
  }

  bool EndObject(rapidjson::SizeType) {
    const In in = top();
    stack_.pop_back();
    if (in == In::feature || (in == In::root && root_type_ == "Feature")) give();
    return true;
  }

  bool StartArray() {
    const In in = top();
    In next = In::other;
    if (in == In::root && key_ == "features") {
      next = In::features;
      met_features_ = true;
    } else if (in == In::geometry && key_ == "coordinates") {
      next = In::coordinates;
      feature_.coordinates = {};
      level_ = 1;
      children_[1] = 0;
    } else if (in == In::coordinates) {
      next = In::coordinates;
      ++children_[std::min(level_, kMostLevels)];
      if (++level_ > kMostLevels) fault_nesting();
      children_[std::min(level_, kMostLevels)] = 0;
      numbers_ = 0;
    } else if (in == In::members) {
      next = In::list;
      begin_member();
    }
    return push(next);
  }

  bool EndArray(rapidjson::SizeType) {
    const In in = top();
    stack_.pop_back();
    if (in == In::coordinates) end_coordinates();
    return true;
  }

 private:
  enum class In { nothing, root, features, feature, geometry, coordinates, members, list, crs, other };
  static constexpr int kMostLevels = 5;

  In top() const { return stack_.empty() ? In::nothing : stack_.back(); }
  bool push(In in) {
    too_deep_ = stack_.size() >= kDeepest;
    if (!too_deep_) stack_.push_back(in);
    return !too_deep_;
  }

  void fault(const std::string& sentence) {
    if (feature_.fault.empty()) feature_.fault = sentence;
  }
  void fault_nesting() { fault("The coordinates are not nested as those of a " + (feature_.geometry_type.empty() ? std::string{"geometry"} : feature_.geometry_type) + "."); }

  void begin_feature() {
    feature_ = {};
    member_bytes_ = 0;
    numbers_ = level_ = 0;
  }

  void give() {
    feature_.number = ++features_;
    std::erase_if(feature_.members, [](const auto& member) { return member.second.empty(); });
    take_(feature_);
  }

  void begin_member() {
    if (feature_.members.size() < kMostMembers) feature_.members.emplace_back(key_, std::vector<std::string>{});
    else fault("There are more than 1,000 members.");
  }

  void add_value(std::string_view value) {
    member_bytes_ += value.size() + key_.size();
    if (value.size() > kMostTextBytes || member_bytes_ > kMostMemberBytes)
      return fault("The member " + shortened(key_, 60) + " is too long; a text has at most 64 kB, a feature 1 MB.");
    if (!value.empty() && !feature_.members.empty() && feature_.members.back().first == key_) feature_.members.back().second.emplace_back(value);
  }

  bool text(std::string_view value) {
    switch (top()) {
      case In::root:
        if (key_ == "type") root_type_ = value.substr(0, 100);
        break;
      case In::geometry:
        if (key_ == "type") feature_.geometry_type = value.substr(0, 100);
        break;
      case In::coordinates: fault("A coordinate is no number but \"" + shortened(value, 40) + "\"."); break;
      case In::members:
        begin_member();
        add_value(value);
        break;
      case In::list: add_value(value); break;
      case In::crs:
        if (key_ == "name") crs_(epsg_in(value));
        break;
      default: break;
    }
    return true;
  }

  void number(double value) {
    Coordinates& to = feature_.coordinates;
    ++children_[std::min(level_, kMostLevels)];
    if (to.level == 0) to.level = level_;
    if (to.level != level_) return fault_nesting();
    if (numbers_ == 0) position_.x = value;
    if (numbers_ == 1) position_.y = value;  // heights and measures are left out
    ++numbers_;
  }

  void end_coordinates() {
    Coordinates& to = feature_.coordinates;
    const int level = level_--;
    if (children_[std::min(level, kMostLevels)] == 0) {
      if (level > 1) fault("The coordinates hold an empty part.");
      return;
    }
    if (to.level == level) {
      if (numbers_ < 2) return fault("A position has fewer than two numbers.");
      numbers_ = 0;
      if (to.positions.size() == kMostPositions) return fault("The geometry has more than 100,000 points; simplify it.");
      to.positions.push_back(position_);
    } else if (to.level == level + 1) {
      to.ends.push_back(to.positions.size());
    } else if (to.level == level + 2) {
      to.group_ends.push_back(to.ends.size());
    }
  }

  const std::function<void(Feature&)>& take_;
  const std::function<void(int)>& crs_;
  std::vector<In> stack_;
  std::string key_, root_type_;
  Feature feature_;
  std::int64_t features_ = 0;
  std::size_t member_bytes_ = 0;
  std::size_t children_[kMostLevels + 1] = {};
  Position position_;
  int level_ = 0, numbers_ = 0;
  bool met_features_ = false, too_deep_ = false;
};

class GeoJson {
 public:
  GeoJson(const ByteSource& source, const std::function<void(Feature&)>& take, const std::function<void(int)>& crs)
      : stream_(source), assembler_(take, crs) {}

  void read() {
    for (bool first = true; stream_.skip_to_content(); first = false) {
      const std::size_t begin = stream_.Tell();
      const std::string broken = read_value();
      const std::string type = assembler_.root_type();
      if (broken.empty() && type != "Feature" && !assembler_.met_features()) refuse_type(type);
      if (!broken.empty() && ((first && !stream_.separated()) || assembler_.met_features()))
        throw Error{ErrorCode::malformed, "The file is not GeoJSON: " + broken + ", near byte " + std::to_string(stream_.Tell()) +
                                              ", after " + std::to_string(assembler_.features()) + " features."};
      if (!broken.empty()) {
        assembler_.add_broken("It is not JSON: " + broken + ", near byte " + std::to_string(std::max(begin, stream_.Tell())) + ".");
        stream_.skip_record();
      }
      if (!stream_.separated() && !assembler_.met_features()) stream_.end_records_at_lines();
    }
    if (assembler_.features() == 0 && !assembler_.met_features()) refuse_type("");
  }

 private:
  /// Empty, or what is wrong.
  std::string read_value() {
    constexpr unsigned kFlags = rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseNumbersAsStringsFlag;
    assembler_.begin_record();
    const rapidjson::ParseResult result = reader_.Parse<kFlags>(stream_, assembler_);
    if (!result.IsError()) return "";
    if (assembler_.too_deep()) return "it is nested deeper than " + std::to_string(kDeepest);
    if (stream_.ended()) return "it ends too early";
    return "a member, value or comma is not where JSON has one";
  }

  [[noreturn]] void refuse_type(const std::string& type) const {
    throw Error{ErrorCode::malformed, (type.empty() ? std::string{"The file holds no features"} : "The file holds a " + shortened(type, 40)) +
                                          "; a GeoJSON FeatureCollection or a sequence of Features is read."};
  }

  TameStream stream_;
  Assembler assembler_;
  rapidjson::Reader reader_;
};

}  // namespace

void read_geojson(const ByteSource& source, const std::function<void(Feature&)>& take, const std::function<void(int epsg)>& crs) {
  GeoJson{source, take, crs}.read();
}

}  // namespace klotterkoll
