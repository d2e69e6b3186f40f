#include "tools/report/report.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "model/error.h"
#include "tests/support/example_run.h"
#include "tests/support/text_of.h"
#include "tools/report/chart.h"
#include "tools/report/format.h"
#include "tools/report/samples.h"

namespace fs = std::filesystem;
using namespace hone::tools;
using hone::tests::ExampleRun;
using hone::tests::make_example_run;
using hone::tests::put_text;

namespace {

struct TempFolder {
  fs::path path;
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "hone-report-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~TempFolder() { fs::remove_all(path); }
};

std::string report_of(const std::vector<fs::path>& runs, const fs::path& output) {
  write_report(runs, output);
  return hone::tests::text_of(output);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a finished run's report has the table, the curves, the answers and the settings") {
  const TempFolder temp;
  make_example_run(temp.path / "run", {});
  const std::string html = report_of({temp.path / "run"}, temp.path / "run" / "report.html");
  for (const char* part :
       {"30.6%", "97.8%", "416k", "8 min 12 s", "held-out/accuracy", "KL to the starting model",
        "step 150", "8 is not 4", "preset = &quot;dapo&quot;", "stands alone"}) {
    INFO(part);
    CHECK(contains(html, part));
  }
  // Nothing is fetched: the only address-like things would be in attributes.
  for (const char* part : {"src=", "href=", "http:", "https:", "@import", "url("}) {
    INFO(part);
    CHECK_FALSE(contains(html, part));
  }
  CHECK(count(html, "<figure") == count(html, "</svg></figure>"));
  CHECK(count(html, "NaN") == 0);
  CHECK(html == report_of({temp.path / "run"}, temp.path / "again.html"));
}

TEST_CASE("the table of models has further rewards and sources, the curves what is new") {
  const TempFolder temp;
  make_example_run(temp.path / "run", {});
  const std::string html = report_of({temp.path / "run"}, temp.path / "report.html");
  for (const char* part :
       {"<th>language_consistency<small>mean reward</small></th><th>mean length",
        "<th>pass@1<small>number_sorting</small></th>",
        "<th>pass@1<small>&lt;lastdigit&gt;</small></th>", "<td>0.904</td>",  // 0.873 + 0.0306
        "<td>15.3%</td>", "<b>Held-out pass@16</b>", "<b>Held-out format</b>",
        "<b>Length of right completions</b>", "<b>Length of wrong completions</b>",
        "<b>Words of self-correction</b>", "<b>Different answers</b>"}) {
    INFO(part);
    CHECK(count(html, part) == 1);
  }
  // Every column once, under its own heading.
  CHECK(count(html, "<th>pass@1/") == 0);
  CHECK(count(html, "<b>Held-out pass@8</b>") == 0);
}

TEST_CASE("several runs are drawn over each other") {
  const TempFolder temp;
  make_example_run(temp.path / "a", {});
  make_example_run(temp.path / "b", {"quickstart", false, true, 2});
  const std::string html = report_of({temp.path / "a", temp.path / "b"}, temp.path / "report.html");
  CHECK(contains(html, "class=\"legend\""));
  CHECK(contains(html, "class=\"line r1\""));
  CHECK(contains(html, "quickstart (" + (temp.path / "b").string() + ")"));
  CHECK_FALSE(contains(html, "stands alone"));
}

TEST_CASE("what is unfinished or damaged still gives a report that says so") {
  const TempFolder temp;
  make_example_run(temp.path, {"half", true, false, 3});
  std::ofstream(temp.path / "zero" / "metrics.jsonl", std::ios::app) << "{\"step\": 64, \"rew";
  put_text(temp.path / "zero" / "rollouts" / "step-000064.jsonl",
           "\xff\xfe not json\n{\"step\": \"x\"}\n");
  put_text(temp.path / "summary.json", "{\"name\": ");
  const std::string html = report_of({temp.path}, temp.path / "report.html");
  CHECK(contains(html, "not finished"));
  CHECK(contains(html, "zero/metrics.jsonl: 1 line could not be read (the first is line 64)"));
  CHECK(contains(html, "step-000064.jsonl: 2 lines could not be read"));
  CHECK(contains(html, "summary.json: damaged"));
}

TEST_CASE("a folder that is no run is refused") {
  const TempFolder temp;
  put_text(temp.path / "notes" / "a.txt", "x");
  CHECK_THROWS_AS(write_report({temp.path}, temp.path / "r.html"), hone::DataError);
  CHECK_THROWS_AS(write_report({temp.path / "none"}, temp.path / "r.html"), hone::DataError);
  CHECK_THROWS_AS(write_report({temp.path / "notes" / "a.txt"}, temp.path / "r.html"),
                  hone::DataError);
  CHECK_FALSE(fs::exists(temp.path / "r.html"));
}

TEST_CASE("a model's output is shown and never becomes markup") {
  const TempFolder temp;
  const std::string evil =
      "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x1b[2J\u202e<think>";
  nlohmann::ordered_json row{{"step", 1}, {"problem", 0}, {"sample", 0}};
  for (const char* name : {"prompt", "completion", "answer", "finish_reason"}) row[name] = evil;
  row["reward"] = 0.0;
  row["rewards"] = {{evil, 1.0}};
  row["details"] = {{evil, evil}};
  put_text(temp.path / "s" / "rollouts" / "step-000001.jsonl", row.dump() + "\n");
  nlohmann::ordered_json metrics{{"step", 1}, {evil, 0.5}, {"reward", 0.5}};
  const std::string first = metrics.dump();
  metrics["step"] = 2;
  metrics[evil] = 0.6;
  put_text(temp.path / "s" / "metrics.jsonl", first + "\n" + metrics.dump() + "\n");
  put_text(temp.path / "s" / "recipe.toml", evil);
  nlohmann::ordered_json summary{{"name", evil}, {"seconds", 1}};
  summary["evals"] = {{{"model", evil}, {"pass@1", 0.5}, {"pass@<b>", 0.1}}};
  put_text(temp.path / "summary.json", summary.dump());
  const std::string html = report_of({temp.path}, temp.path / "report.html");
  CHECK(count(html, "<script") == 1);
  CHECK(count(html, "<img") == 0);
  CHECK(count(html, "pass@<b>") == 0);
  CHECK(count(html, "\x1b") == 0);
  CHECK(contains(html, "&lt;script&gt;alert(1)"));
}

TEST_CASE("numbers are written for people") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(0.25) == "0.25");
  CHECK(short_number(1.5e-4) == "1.5e-4");
  CHECK(short_number(-1e-6) == "-1e-6");
  CHECK(short_number(0.001) == "0.001");
  CHECK(short_number(150) == "150");
  CHECK(short_number(2000) == "2000");
  CHECK(short_number(12345) == "12.3k");
  CHECK(short_number(1.24e6) == "1.24M");
  CHECK(count_text(98112) == "98.1k");
  CHECK(count_text(4200) == "4.2k");
  CHECK(percent(0.978) == "97.8%");
  CHECK(duration(41.6) == "42 s");
  CHECK(duration(492.4) == "8 min 12 s");
  CHECK(duration(11100) == "3 h 05 min");
  CHECK(escape_html("<a href='x'>&\x01") == "&lt;a href=&#39;x&#39;&gt;&amp;&#x2401;");
  CHECK(round_ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.2 * 3, 0.8, 1});
  CHECK(round_ticks(0, 150, 3) == std::vector<double>{0, 50, 100, 150});
  CHECK(round_ticks(2, 2, 3) == std::vector<double>{2});
}

TEST_CASE("curves are thinned to their extremes and smoothed without lag") {
  Curve curve;
  for (int i = 0; i < 10000; ++i) curve.emplace_back(i, i == 7777 ? 9.0 : i % 2);
  const Curve few = thin(curve, 100);
  CHECK(few.size() <= 100);
  CHECK(std::any_of(few.begin(), few.end(), [](const auto& point) { return point.second == 9.0; }));
  const Curve line = smooth({{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}}, 1);
  CHECK(line == Curve{{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}});
}

TEST_CASE("a problem is shown at its first, middle and last visit") {
  std::vector<SampleData> samples;
  for (const int step : {1, 5, 40, 60, 99}) {
    for (int i = 0; i < 2; ++i) {
      SampleData sample;
      sample.step = step;
      sample.sample = i;
      sample.prompt = "twice";
      samples.push_back(sample);
      sample.prompt = "once " + std::to_string(step);
      samples.push_back(sample);
    }
  }
  const auto stories = choose_problems(samples, 2);
  REQUIRE(stories.size() == 1);
  REQUIRE(stories[0].moments.size() == 3);
  CHECK(stories[0].moments[0][0].step == 1);
  CHECK((stories[0].moments[1][0].step == 40 || stories[0].moments[1][0].step == 60));
  CHECK(stories[0].moments[2].size() == 2);
  CHECK(stories[0].moments[2][0].step == 99);

  std::erase_if(samples, [](const SampleData& sample) { return sample.prompt == "twice"; });
  const auto different = choose_problems(samples, 2);
  REQUIRE(different.size() == 1);
  CHECK_FALSE(different[0].same_problem);
  CHECK(different[0].moments.size() == 3);
  CHECK(choose_problems({}, 2).empty());
}

TEST_CASE("the table has further measurements, readings, sources with their errors, and the text") {
  const TempFolder temp;
  make_example_run(temp.path / "run", {});
  const fs::path summary = temp.path / "run" / "summary.json";
  std::string text = hone::tests::text_of(summary);
  const std::string before = "\"pass@1/number_sorting\"";
  const std::string more =
      R"("pass@1_stderr/number_sorting": 0.021, "greedy/number_sorting": 0.25, "no_answer": 0.4375,
         "temperature": 0.5, "top_p": 1.0, "max_new_tokens": 48,
         "also/<facts>/pass@1": 0.6125, "also/<facts>/pass@1_stderr": 0.034,
         "also/<facts>/pass@1/rome": 0.2875, "also/<facts>/maj@4": 0.7777,
         "reading/last_number/pass@1": 0.8125, "perplexity": 12.3456, )";
  text.insert(text.find(before), more);
  put_text(summary, text);
  const std::string html = report_of({temp.path / "run"}, temp.path / "report.html");
  for (const char* part :
       {"<td>15.3%<small> &plusmn;2.1</small></td>", "<th>no answer<small>found</small></th>",
        "<td>43.8%</td>", "<th>pass@1<small>&lt;facts&gt;</small></th>",
        "<td>61.3%<small> &plusmn;3.4</small></td>",
        "<th>pass@1<small>&lt;facts&gt;, rome</small></th>", "<td>28.7%</td>",
        "<th>pass@1<small>read as last_number</small></th>", "<td>81.2%</td>",
        "<th>perplexity</th>", "<td>12.346</td>",
        "at temperature 0.5 and top-p 1, of at most 48 tokens"}) {
    INFO(part);
    CHECK(count(html, part) == 1);
  }
  CHECK_FALSE(contains(html, "77.8%"));
}
