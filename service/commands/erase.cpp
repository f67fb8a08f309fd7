#include "workflow/erasure.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "json/report_json.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::string municipality, report, reference, confirmation;
};

template <typename Id>
Id known(const std::optional<Id>& id, const std::string& written) {
  if (!id) throw Error{ErrorCode::malformed, "\"" + written + "\" is no reference; it looks like HR7K-2M9Q-X4."};
  return *id;
}

int run_erase(Context& context, const Wanted& wanted) {
  const auto store = context.open();
  const ReferenceCipher& references = store->references();
  const Erasure erasure{{Role::system, 0, ""}, context.clock.now(), references, without_texts};
  std::int64_t erased = 0;
  store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().settings(require_municipality(transaction, wanted.municipality).id);
    if (!wanted.report.empty()) erased = erase_report(transaction, *settings, known(references.decode_report(wanted.report), wanted.report), erasure);
    else if (!wanted.reference.empty())
      erased = erase_reports_of_case(transaction, *settings, known(references.decode_case(wanted.reference), wanted.reference), erasure);
    else erased = erase_waiting(transaction, *settings, known(references.decode_queued(wanted.confirmation), wanted.confirmation));
  });
  if (context.json) std::cout << nlohmann::json{{"erased", erased}}.dump(2) << '\n';
  else std::cout << (erased ? "Erased: " + std::to_string(erased) + ".\n" : "There was nothing left to erase.\n");
  return kDone;
}

}  // namespace

void register_erase_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "erase", "Erase what somebody wrote in a report, and how to reach them");
  const auto wanted = std::make_shared<Wanted>();
  command->add_option("--municipality", wanted->municipality, "The municipality's code")->required()->type_name("CODE");
  CLI::Option_group* which = command->add_option_group("which", "One of these");
  which->add_option("--report", wanted->report, "One report")->type_name("ID");
  which->add_option("--case", wanted->reference, "All reports of a case, and what citizens wrote to it since")->type_name("REFERENCE");
  which->add_option("--confirmation", wanted->confirmation, "A report that waits for an officer's word")->type_name("ID");
  which->require_option(1);
  add_format(*command, context);
  command->footer(
      "Description, object label and contact are emptied for good, also in answers that are kept for repeated requests. Places,\n"
      "times and K-numbers stay, and every figure with them; photos are erased by DELETE .../photos/ID. Backups made before still\n"
      "hold it. Example:\n  klotterkoll erase --municipality 1267 --report RP7K-2M9Q-X4");
  command->callback([&context, wanted] { context.run = [&context, wanted] { return run_erase(context, *wanted); }; });
}

}  // namespace klotterkoll
