/* cli/main.c: the program. */
#include "util/util.h"

#include <stdio.h>

int main(void)
{
    puts("holdfast " HF_VERSION);
    return 0;
}
