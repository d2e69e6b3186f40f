#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"hone: reinforcement learning that turns a base language model into a reasoning model"};
  app.require_subcommand(1);
  CLI11_PARSE(app, argc, argv);
  return 0;
}
