#include "config.h"

int main(int argc, char** argv) { return klotterkoll::run_command_line(argc, argv); }
