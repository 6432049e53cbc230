/* cli/main.c: the program. */
#include "cli_priv.h"

int main(int argc, char **argv)
{
    return hf_cli_main(argc, argv);
}
