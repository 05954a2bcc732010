// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "dwarf_types.h"

struct later; /* declared only */
struct later *pointer;
struct task_struct task;
