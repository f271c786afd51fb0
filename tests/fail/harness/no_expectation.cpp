// SPDX-License-Identifier: BSL-1.0
// The runner finds that no text is asked for.
#ifndef ETAPE_CONTROL
static_assert(sizeof(int) == 0, "the message that users see");
#endif
