#include "base/tabular.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"

using namespace klotterkoll;

namespace {

/// The rest of the table as "LINE a|b|c" a row, with "!" and the fault behind a faulty one.
std::string rows_of(Table& table) {
  std::string out;
  while (const auto row = table.next_row()) {
    out += std::to_string(row->line);
    for (std::size_t i = 0; i < row->cells.size(); ++i)
      out += (i == 0 ? " " : "|") + std::string{row->cells[i]};
    if (!row->fault.empty()) out += " ! " + row->fault;
    out += '\n';
  }
  return out;
}

std::string rows_of(const std::string& text) {
  Table table{text};
  return rows_of(table);
}

template <typename Function>
std::string refusal(Function&& function) {
  try {
    function();
    return "";
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::malformed);
    return error.what();
  }
}

}  // namespace

TEST_CASE("tabular: the separator is told from the heading") {
  struct Case {
    const char* text;
    char delimiter;
  };
  for (const auto& [text, delimiter] : {
           Case{"a;b;c\n1;2;3\n", ';'}, Case{"a,b,c\n1;1,2,3\n", ','}, Case{"a\tb\tc\n1\t2\t3\n", '\t'},
           Case{"Datum;Adress, ort;Text\n1;2;3\n", ';'},
           Case{"\"a;b;c\",d\n1,2\n", ','},           // semicolons inside quotes do not count
           Case{"a;b,c\n1;2,5\n3;4\n", ';'},          // a tie: every row has one semicolon
           Case{"a;b,c\n1,2;5\n3,4\n", ','},          // a tie: every row has one comma
           Case{"Adress\nStorgatan 1, Höör\n", ';'},  // one column
           Case{"sep=,\na,b;c\n", ','}, Case{"SEP=|\r\na|b\r\n", '|'},
           Case{"\n\n;;\na,b,c\n", ','},  // the heading is the first line with content
       }) {
    CAPTURE(text);
    CHECK(Table{text}.delimiter() == delimiter);
  }
}

TEST_CASE("tabular: rows come with the line they begin on, whatever ends the lines") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    CAPTURE(end);
    const std::string text =
        "a;b" + end + end + "1;\"two" + end + "lines\"" + end + " " + end + ";" + end + "3;4";
    CHECK(rows_of(text) == "3 1|two" + end + "lines\n7 3|4\n");
    CHECK(rows_of(text + end) == rows_of(text));
  }
  CHECK(rows_of("sep=;\na;b\n1;2\n") == "3 1|2\n");
}

TEST_CASE("tabular: quotes are read as RFC 4180 has them") {
  CHECK(rows_of("a,b\n\"x, y\",\"he said \"\"hi\"\"\"\n") == "2 x, y|he said \"hi\"\n");
  CHECK(rows_of("a,b\n\"\"\"\",\"\"\n") == "2 \"|\n");
  CHECK(rows_of("a,b\n\"x\" ,y\n") == "2 x|y\n");
  CHECK(rows_of("a,b\n24\" sign,5' \"x\"\n") == "2 24\" sign|5' \"x\"\n");
}

TEST_CASE("tabular: a row of another length is flagged, not lost") {
  CHECK(rows_of("a;b;c\n1;2\n1;2;3;4\n1;2;3;;\n5;6;7\n") ==
        "2 1|2| ! Line 2 has 2 cells; the heading has 3.\n"
        "3 1|2|3 ! Line 3 has 4 cells; the heading has 3.\n"
        "4 1|2|3\n"
        "5 5|6|7\n");
  CHECK(rows_of("a;b\nx\n") == "2 x| ! Line 2 has 1 cell; the heading has 2.\n");
}

TEST_CASE("tabular: text after a closing quote spoils its row only") {
  CHECK(rows_of("a;b\n\"x \"y\" z\";1\n2;3\n") ==
        "2 x | ! Line 2 has text after a cell's closing quotation mark; inside quotes write \"\" for \".\n"
        "3 2|3\n");
}

TEST_CASE("tabular: an open quote is named by the line it is on instead of swallowing the file") {
  CHECK(refusal([] { rows_of("a;b\n1;2\n3;\"x\n4;5\n6;7\n"); }) ==
        "The quotation mark that begins a cell on line 3 is never closed.");
  CHECK(refusal([] { rows_of("a;b\n1;2\n3;\"x\n4;5\n6;\"y\"\n"); }) ==
        "The quotation mark that begins a cell on line 3 is closed on line 5 in the middle of a cell; one of "
        "the two is "
        "wrong.");
  CHECK(refusal([] { rows_of("a;b\n\"1\n2\";\"x\n"); }) ==
        "The quotation mark that begins a cell on line 3 is never closed.");
  CHECK(refusal([] { Table{"a;\"b\n1;2\n"}; }) ==
        "The quotation mark that begins a cell on line 1 is never closed.");
  CHECK(refusal([] { Table{"\""}; }) == "The quotation mark that begins a cell on line 1 is never closed.");
}

TEST_CASE("tabular: the rows before an open quote are read") {
  Table table{"a;b\n1;2\n3;\"x\n"};
  const auto row = table.next_row();
  REQUIRE(row);
  CHECK(row->cells[1] == "2");
  CHECK_THROWS_AS(table.next_row(), Error);
  CHECK_FALSE(table.next_row());
}

TEST_CASE("tabular: a table without a heading is refused") {
  for (const char* text : {"", "\n", "\r\n ;;\n", "\xEF\xBB\xBF", "\u2009;\u00A0\n", "sep=;\n"}) {
    CAPTURE(text);
    CHECK(refusal([&] { Table{text}; }) == "The table is empty; its first line must name the columns.");
  }
  CHECK(refusal([] { Table{"a" + std::string(1'000, ';') + "b\n"}; }) ==
        "The table has more than 1,000 columns.");
  CHECK(refusal([] { Table{"\"a\" b;c\n"}; }).find("Line 1 has text after") != std::string::npos);
}

TEST_CASE("tabular: a file of separators costs no more memory than its heading allows") {
  Table table{"a;b\n" + std::string(1'000'000, ';') + "x\n"};
  const auto row = table.next_row();
  REQUIRE(row);
  CHECK(row->cells.size() == 2);
  CHECK(row->fault == "Line 2 has 1000001 cells; the heading has 2.");
}

TEST_CASE("tabular: columns are found in any case and spacing") {
  const Table table{"\xEF\xBB\xBF Datum ;ADRESS;Fastighets  beteckning;;x;\n"};
  CHECK(table.columns() == std::vector<std::string>{"Datum", "ADRESS", "Fastighets  beteckning", "", "x"});
  CHECK(table.column("datum") == 0);
  CHECK(table.column("Adress") == 1);
  CHECK(table.column("fastighets beteckning") == 2);
  CHECK_FALSE(table.find_column("latitud"));
  CHECK_FALSE(table.find_column(""));
}

TEST_CASE("tabular: a column that is not there is answered with those that are") {
  const Table table{"Datum;Adress;Beskrivning;datum\n"};
  CHECK(refusal([&] { table.column("adres"); }) ==
        "There is no column \"adres\". Did you mean \"Adress\"? The columns are \"Datum\", \"Adress\", "
        "\"Beskrivning\", "
        "\"datum\".");
  CHECK(refusal([&] { table.column("latitud"); }) ==
        "There is no column \"latitud\". The columns are \"Datum\", \"Adress\", \"Beskrivning\", \"datum\".");
  CHECK(refusal([&] { table.column("Datum"); }) ==
        "Two columns are called \"Datum\"; give them different names.");
}

TEST_CASE("tabular: a cell that a spreadsheet would run is made harmless") {
  struct Case {
    const char *text, *cell;
  };
  for (const auto& [text, cell] : {
           Case{"=1+1", "'=1+1"},
           Case{"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
           Case{"+46 70 123", "'+46 70 123"},
           Case{"-2+3", "'-2+3"},
           Case{"- punkt", "'- punkt"},
           Case{"@SUM(A1)", "'@SUM(A1)"},
           Case{"\t=1", "\"'\t=1\""},
           Case{"\r=1", "\"'\r=1\""},
           Case{"\n=1", "\"'\n=1\""},
           Case{"\t-5", "\"'\t-5\""},
           Case{"  =1", "'  =1"},
           Case{" -5", "' -5"},
           Case{"-", "'-"},
           Case{"-1e5", "'-1e5"},
           // Plain numbers and harmless text stay as they are.
           Case{"-13.5", "-13.5"},
           Case{"+46701234567", "+46701234567"},
           Case{"-13,5", "\"-13,5\""},
           Case{"Storgatan 12", "Storgatan 12"},
           Case{"a=b", "a=b"},
           Case{"x;y", "\"x;y\""},
           Case{"say \"hi\"", "\"say \"\"hi\"\"\""},
           Case{"two\nlines", "\"two\nlines\""},
           Case{" x", "\" x\""},
           Case{"", ""},
       }) {
    CAPTURE(text);
    CHECK(csv_cell(text) == cell);
  }
  CHECK(csv_cell("a|b", '|') == "\"a|b\"");
  CHECK(csv_row(std::vector<std::string>{"a", "=b", "c;d"}, ';') == "a;'=b;\"c;d\"\r\n");
}

TEST_CASE("tabular: what csv_row writes, Table reads back") {
  CHECK(rc::check("for any cells, separators and quotes among them", [] {
    const auto cell = rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                                       "a", "Å", "\"", ";", ",", "\t", "\r", "\n", "\r\n", " ", "=", "-", "@",
                                       "'", "7", "\u2009", "\U0001F600")),
                                   [](const std::vector<std::string>& pieces) {
                                     std::string text;
                                     for (const auto& piece : pieces) text += piece;
                                     return text;
                                   });
    const char delimiter = *rc::gen::element(';', ',', '\t');
    const auto rows = *rc::gen::container<std::vector<std::vector<std::string>>>(
        rc::gen::container<std::vector<std::string>>(3, cell));

    std::string text = csv_row(std::vector<std::string>{"one", "two", "three", "four"}, delimiter);
    // The first cell keeps rows from being without content, which are skipped.
    for (const auto& row : rows)
      text += csv_row(std::vector{std::string{"x"}, row[0], row[1], row[2]}, delimiter);
    Table table{text};
    RC_ASSERT(table.delimiter() == delimiter);
    for (const auto& row : rows) {
      const auto read = table.next_row();
      RC_ASSERT(read.has_value());
      RC_ASSERT(read->fault.empty());
      for (std::size_t i = 0; i < row.size(); ++i) {
        // Of a cell that was made harmless the apostrophe comes back too.
        if (read->cells[i + 1] == row[i]) continue;
        const auto first = row[i].find_first_not_of(' ');
        RC_ASSERT(read->cells[i + 1] == "'" + row[i]);
        RC_ASSERT(std::string{"=+-@\t\r\n"}.find(row[i][first]) != std::string::npos);
      }
    }
    RC_ASSERT_FALSE(table.next_row().has_value());
  }));
}

TEST_CASE("tabular: any text is read to its end or refused, never lost in between") {
  CHECK(rc::check("for any pieces of tables", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "\"", "\"\"", ";", ",", "\n", "\r\n", "\r", " ", "å", "sep=;"));
    std::string text = "x;y\n";
    for (const auto& piece : pieces) text += piece;
    std::size_t line = 1;
    try {
      Table table{text};
      while (const auto row = table.next_row()) {
        RC_ASSERT(row->line > line);
        RC_ASSERT(row->cells.size() == table.columns().size());
        line = row->line;
      }
    } catch (const Error& error) {
      RC_ASSERT(error.code() == ErrorCode::malformed);
    }
  }));
}
